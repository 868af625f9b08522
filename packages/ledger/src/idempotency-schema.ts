import { index, integer, jsonb, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'
import { weaver } from './schema.ts'

export const idempotencyKeys = weaver.table(
  'idempotency_keys',
  {
    tenant: text('tenant').notNull().default('default'),
    key: text('key').notNull(),
    /** SHA-256 of method, path and body: the same key with another request is a mistake. */
    fingerprint: text('fingerprint').notNull(),
    /** Null while the first request is under way. */
    status: integer('status'),
    headers: jsonb('headers').$type<Record<string, string>>(),
    body: text('body'),
    createdAt: timestamp('created_at', { precision: 3, withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.key] }), index('idempotency_keys_age').on(table.createdAt)],
)
