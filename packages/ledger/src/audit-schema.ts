import type { AuditTarget, Audit, RunError } from '@data-weaver/contracts'
import { boolean, index, jsonb, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { weaver } from './schema.ts'

const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

/** Comparisons of sinks with the ledger: what was asked for, and what was found. */
export const audits = weaver.table(
  'audits',
  {
    id: uuid('id').primaryKey(),
    tenant: text('tenant').notNull().default('default'),
    trigger: text('trigger').$type<Audit['trigger']>().notNull(),
    documentType: text('document_type'),
    since: time('since'),
    repair: boolean('repair').notNull().default(false),
    state: text('state').$type<Audit['state']>().notNull().default('queued'),
    targets: jsonb('targets').$type<readonly AuditTarget[]>().notNull().default([]),
    error: jsonb('error').$type<RunError>(),
    createdAt: time('created_at').notNull().defaultNow(),
    startedAt: time('started_at'),
    finishedAt: time('finished_at'),
  },
  (table) => [index('audits_age').on(table.createdAt)],
)
