import type { BudgetConfig, BudgetPolicy } from '@data-weaver/contracts'
import { sql } from 'drizzle-orm'
import { bigint, boolean, index, integer, jsonb, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { BudgetLease, PolicyUsage } from './budget-state.ts'
import { weaver } from './schema.ts'

const time = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
const tenant = () => text('tenant').notNull().default('default')

/** A row for each credential at a host, and for each name, whose requests are limited or that was heard of lately. */
export const budgets = weaver.table(
  'budgets',
  {
    tenant: tenant(),
    key: text('key').notNull(),
    name: text('name'),
    host: text('host'),
    /** Limits set by name; null: those that streams state hold. */
    configured: jsonb('configured').$type<BudgetConfig>(),
    /** Limits in force. */
    policies: jsonb('policies').$type<readonly BudgetPolicy[]>().notNull().default([]),
    concurrency: integer('concurrency'),
    /** What was granted lately, by policy. Here and not in rows: whoever changes it compares `version`, so all of it is one state. */
    usage: jsonb('usage').$type<readonly PolicyUsage[]>().notNull().default([]),
    /** Requests under way that count for `concurrency`. */
    leases: jsonb('leases').$type<readonly BudgetLease[]>().notNull().default([]),
    /** Place in the line of the last request that was granted. */
    turn: bigint('turn', { mode: 'number' }).notNull().default(0),
    blockedUntil: time('blocked_until'),
    statedLimit: bigint('stated_limit', { mode: 'number' }),
    remaining: bigint('remaining', { mode: 'number' }),
    resetAt: time('reset_at'),
    learnedFrom: text('learned_from'),
    learnedAt: time('learned_at'),
    /** Grows with each change of what grants depend on: a grant counts only when nobody was faster. */
    version: bigint('version', { mode: 'number' }).notNull().default(0),
    /** When limits or what was learned changed last: workers read what is newer than what they know. */
    changedAt: time('changed_at').notNull().defaultNow(),
    usedAt: time('used_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.key] }), index('budgets_changed').on(table.changedAt)],
)

/** Streams that take from a budget, and the limits each of them states. */
export const budgetStreams = weaver.table(
  'budget_streams',
  {
    tenant: tenant(),
    key: text('key').notNull(),
    streamId: uuid('stream_id').notNull(),
    streamVersion: integer('stream_version').notNull(),
    policies: jsonb('policies').$type<readonly BudgetPolicy[]>().notNull().default([]),
    concurrency: integer('concurrency'),
    usedAt: time('used_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.tenant, table.key, table.streamId] }),
    index('budget_streams_used').on(table.tenant, table.key, table.usedAt),
  ],
)

/** Runs that wait, in their order. A place counts until it expires: a run that died holds nobody up for long. */
export const budgetReservations = weaver.table(
  'budget_reservations',
  {
    tenant: tenant(),
    key: text('key').notNull(),
    runId: uuid('run_id').notNull(),
    streamId: uuid('stream_id').notNull(),
    place: bigint('place', { mode: 'number' }).notNull(),
    since: time('since').notNull(),
    /** When the run was told to come back. */
    dueAt: time('due_at').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenant, table.key, table.runId] }), index('budget_reservations_expiry').on(table.expiresAt)],
)

/** One row: what fingerprints of secrets are salted with, drawn once per installation. */
export const budgetSalt = weaver.table('budget_salt', {
  only: boolean('only')
    .primaryKey()
    .default(sql`true`),
  salt: text('salt').notNull(),
})
