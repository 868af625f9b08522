import type { BudgetPolicy } from '@data-weaver/contracts'
import { BudgetBook } from './budget-book.ts'
import { type LearnedBudget, learnBudgets, mergeLearned } from './budget-learn.ts'
import { sumUpLimits } from './budget-limits.ts'
import { type BudgetAnswer, type BudgetLeaseId, type BudgetTake, releaseBudgets, renewBudgets, takeBudgets } from './budget-take.ts'
import { type Database, statement } from './database.ts'
import { groupCommit } from './group-commit.ts'

/** A stream's use of a budget, and the limits it states for it. */
export interface BudgetUse {
  readonly tenant: string
  readonly key: string
  readonly name: string | null
  readonly host: string | null
  readonly streamId: string
  /** Of an older version than the one known, only the use counts. */
  readonly streamVersion: number
  readonly policies: readonly BudgetPolicy[]
  readonly concurrency: number | null
}

/** What a worker must know of a budget before it sends: whether to ask first, and for how long that is so. */
export interface BudgetAlert {
  readonly tenant: string
  readonly key: string
  /** It has limits: ask before each request. */
  readonly limited: boolean
  /** Milliseconds until its block or its scarcity is over; 0: there is none. */
  readonly forMs: number
}

// A client that is stopped in the middle must not hold the row for all others: the server ends such a transaction by itself.
const lockForUse = statement(
  'budget_lock_for_use',
  `with input as materialized (select distinct on (i.tenant, i.key) * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as i(tenant, key, name, host) order by i.tenant, i.key),
   patience as (select set_config('idle_in_transaction_session_timeout', '5000', true) as set)
   insert into weaver.budgets as b (tenant, key, name, host) select i.tenant, i.key, i.name, i.host from input i cross join patience order by i.tenant, i.key
   on conflict (tenant, key) do update set used_at = now()`,
)

const useStreams = statement(
  'budget_use_streams',
  `insert into weaver.budget_streams as s (tenant, key, stream_id, stream_version, policies, concurrency, used_at)
   select distinct on (i.tenant, i.key, i.stream_id) i.tenant, i.key, i.stream_id, i.version, i.policies, i.concurrency, now()
   from unnest($1::text[], $2::text[], $3::uuid[], $4::int[], $5::jsonb[], $6::int[]) as i(tenant, key, stream_id, version, policies, concurrency)
   order by i.tenant, i.key, i.stream_id, i.version desc
   on conflict (tenant, key, stream_id) do update set used_at = now(), stream_version = greatest(s.stream_version, excluded.stream_version),
     policies = case when excluded.stream_version >= s.stream_version then excluded.policies else s.policies end,
     concurrency = case when excluded.stream_version >= s.stream_version then excluded.concurrency else s.concurrency end`,
)

const announce = statement('budget_announce', `select pg_notify('weaver_budgets', '')`)

const saltStatement = statement(
  'budget_salt',
  `with made as (insert into weaver.budget_salt (salt) values ($1) on conflict do nothing returning salt)
   select salt from made union all select salt from weaver.budget_salt limit 1`,
)

/** A change shows at the latest this long after it was stamped: transactions that were open then, milliseconds. */
const overlapMs = 10_000
/** Budgets that one reading of alerts may hold. */
const maxAlerts = 20_000

const alertsStatement = statement(
  'budget_alerts',
  `select b.tenant, b.key, (b.policies <> '[]' or b.concurrency is not null) as limited,
     greatest(0, extract(epoch from greatest(b.blocked_until,
       case when b.remaining <= greatest(20, b.stated_limit / 10) then b.reset_at end) - clock_timestamp()) * 1000)::float8 as for_ms
   from weaver.budgets b
   where case when $1::timestamptz is null then b.policies <> '[]' or b.concurrency is not null or b.blocked_until > now() or b.reset_at > now()
     else b.changed_at >= $1::timestamptz - ${overlapMs} * interval '1 ms' end
   order by b.changed_at desc limit ${maxAlerts}`,
)

const leaveStatement = statement('budget_leave', `delete from weaver.budget_reservations where tenant = $1 and key = $2 and run_id = $3`)

const nowStatement = statement('budget_now', `select date_trunc('milliseconds', clock_timestamp()) as now`)

/** Rate budgets of the fleet: shared out, learned, shown. Concurrent calls share statements; times are the database's. */
export class BudgetStore {
  /** What people see and configure, and what the reconciler tidies. */
  readonly book: BudgetBook
  /** Asks for one request. Granted at once when the budget is not limited. */
  readonly take: (request: BudgetTake) => Promise<BudgetAnswer>
  /** Ends a request that counts for the concurrency. */
  readonly release: (lease: BudgetLeaseId) => Promise<void>
  /** Writes down that a stream uses a budget; its limits are in force when this resolves. */
  readonly use: (use: BudgetUse) => Promise<void>
  /** Writes down what a source told; all workers are told when they must heed it. */
  readonly learn: (learned: LearnedBudget) => Promise<void>
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
    this.book = new BudgetBook(database, () => this.announce())
    this.take = groupCommit((requests) => takeBudgets(database, requests))
    this.release = groupCommit(async (leases) => {
      await releaseBudgets(database, leases)
      return leases.map(() => {})
    })
    this.use = groupCommit((uses) => this.#use(uses))
    this.learn = groupCommit((learned) => this.#learn(learned))
  }

  /** Asks for many requests. `at` stands for the database's clock, milliseconds since the Unix epoch. */
  async takeAll(requests: readonly BudgetTake[], at?: number): Promise<readonly BudgetAnswer[]> {
    return await takeBudgets(this.#database, requests, at)
  }

  /** Gives up the place of a run. */
  async leave(tenant: string, key: string, runId: string): Promise<void> {
    await this.#database.rows(leaveStatement, [tenant, key, runId])
  }

  async renew(leases: readonly BudgetLeaseId[], leaseMs: number): Promise<void> {
    if (leases.length > 0) await renewBudgets(this.#database, leases, leaseMs)
  }

  /** Budgets to ask for: all of them, or those that changed since an earlier reading (its `at`). */
  async alerts(since?: Date): Promise<{ readonly at: Date; readonly alerts: readonly BudgetAlert[] }> {
    const [row] = await this.#database.rows<{ now: Date }>(nowStatement, [])
    const rows = await this.#database.rows<{ tenant: string; key: string; limited: boolean; for_ms: number | null }>(alertsStatement, [
      since ?? null,
    ])
    const alerts = rows.map(({ tenant, key, limited, for_ms: forMs }) => ({ tenant, key, limited, forMs: forMs ?? 0 }))
    return { at: row?.now ?? new Date(0), alerts }
  }

  /** What this installation salts fingerprints of secrets with; `drawn` becomes it when there is none yet. */
  async salt(drawn: string): Promise<string> {
    const [row] = await this.#database.rows<{ salt: string }>(saltStatement, [drawn])
    if (row !== undefined) return row.salt
    // Another process drew it in the same moment: it shows to the next statement.
    const [other] = await this.#database.rows<{ salt: string }>(saltStatement, [drawn])
    return other?.salt ?? drawn
  }

  /** Tells all workers to look. Never part of a transaction: one that notifies holds a lock of the whole database. */
  async announce(): Promise<void> {
    await this.#database.rows(announce, [])
  }

  async #use(uses: readonly BudgetUse[]): Promise<readonly undefined[]> {
    const tenants = uses.map(({ tenant }) => tenant)
    const keys = uses.map(({ key }) => key)
    const changed = await this.#database.transaction(async (session) => {
      await session.rows(lockForUse, [tenants, keys, uses.map(({ name }) => name), uses.map(({ host }) => host)])
      await session.rows(useStreams, [
        tenants,
        keys,
        uses.map(({ streamId }) => streamId),
        uses.map(({ streamVersion }) => streamVersion),
        uses.map(({ policies }) => JSON.stringify(policies)),
        uses.map(({ concurrency }) => concurrency),
      ])
      return await session.rows(sumUpLimits, [tenants, keys])
    })
    if (changed.length > 0) await this.announce()
    return uses.map(() => undefined)
  }

  async #learn(learned: readonly LearnedBudget[]): Promise<readonly undefined[]> {
    if (await learnBudgets(this.#database, mergeLearned(learned))) await this.announce()
    return learned.map(() => undefined)
  }
}
