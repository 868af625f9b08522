import { type Budget, type BudgetConfig, type PageResult, WeaverError } from '@data-weaver/contracts'
import { sumUpLimits } from './budget-limits.ts'
import { type BudgetLease, type PolicyUsage, remainingOf } from './budget-state.ts'
import { type Database, statement } from './database.ts'

/** Streams shown with a budget. */
const maxStreams = 20

const shown = `b.key, b.name, b.host, b.configured is not null as configured, b.policies, b.concurrency, b.usage, b.leases, b.stated_limit, b.remaining,
     b.learned_from, b.learned_at, b.used_at, (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
     case when b.blocked_until > clock_timestamp() then b.blocked_until end as blocked_until,
     case when b.reset_at > clock_timestamp() then b.reset_at end as reset_at,
     (select count(*)::int from weaver.budget_reservations r where r.tenant = b.tenant and r.key = b.key and r.expires_at > clock_timestamp()) as waiting,
     coalesce((select jsonb_agg(jsonb_build_object('id', u.stream_id, 'name', s.name, 'usedAt', u.used_at) order by u.used_at desc) from (
         select u.stream_id, u.used_at from weaver.budget_streams u where u.tenant = b.tenant and u.key = b.key order by u.used_at desc limit ${maxStreams}) u
       left join weaver.streams s on s.id = u.stream_id and s.deleted_at is null), '[]') as streams`

const listStatement = statement(
  'budget_list',
  `select ${shown} from weaver.budgets b where b.tenant = $1 and b.key > $2 order by b.key limit $3`,
)
const readStatement = statement('budget_get', `select ${shown} from weaver.budgets b where b.tenant = $1 and b.key = $2`)

const configureStatement = statement(
  'budget_configure',
  `insert into weaver.budgets as b (tenant, key, name, configured, policies, concurrency) values ($1, $2, $3, $4::jsonb, coalesce($4::jsonb -> 'policies', '[]'), ($4::jsonb ->> 'concurrency')::int)
   on conflict (tenant, key) do update set configured = excluded.configured, policies = excluded.policies, concurrency = excluded.concurrency,
     version = b.version + 1, changed_at = now(), used_at = now()`,
)

// What was sent is kept: it counts again when the limits come back, and the limits that streams state hold from now on.
const forgetStatement = statement(
  'budget_forget',
  `update weaver.budgets b set configured = null, blocked_until = null, remaining = null, reset_at = null, stated_limit = null, learned_from = null,
     learned_at = null, policies = case when b.configured is null then b.policies else '[]' end,
     concurrency = case when b.configured is null then b.concurrency end, version = b.version + 1, changed_at = now()
   where b.tenant = $1 and b.key = $2
   returning b.key`,
)

const dropUnusedStatement = statement(
  'budget_drop_unused',
  `delete from weaver.budgets b where b.tenant = $1 and b.key = $2 and b.configured is null and b.policies = '[]' and b.concurrency is null
     and not exists (select 1 from weaver.budget_streams s where s.tenant = b.tenant and s.key = b.key)`,
)

/** What is shown of a budget that nobody uses is of use for a day; what was sent must be known for as long as the longest policy. */
const keptMs = 24 * 3_600_000
const keptWithLimitsMs = 32 * 24 * 3_600_000
/** Rows that one clean-up removes of each kind. */
const maxRemoved = 5000

const dropReservations = statement(
  'budget_drop_reservations',
  `with over as (
     select r.tenant, r.key, r.run_id from weaver.budget_reservations r
     where r.expires_at < clock_timestamp() or exists (
       select 1 from weaver.runs x where x.id = r.run_id and x.state not in ('queued', 'running', 'waiting', 'stopping'))
     order by r.tenant, r.key, r.run_id limit ${maxRemoved} for update of r skip locked)
   delete from weaver.budget_reservations r using over o where r.tenant = o.tenant and r.key = o.key and r.run_id = o.run_id`,
)

const dropStreams = statement(
  'budget_drop_streams',
  `with over as (
     select u.tenant, u.key, u.stream_id from weaver.budget_streams u
     where u.used_at < now() - case when u.policies = '[]' then ${keptMs} else ${keptWithLimitsMs}::bigint end * interval '1 ms'
       or exists (select 1 from weaver.streams s where s.id = u.stream_id and s.deleted_at is not null)
     order by u.tenant, u.key, u.stream_id limit ${maxRemoved} for update of u skip locked)
   delete from weaver.budget_streams u using over o where u.tenant = o.tenant and u.key = o.key and u.stream_id = o.stream_id
   returning u.tenant, u.key`,
)

const dropBudgets = statement(
  'budget_drop',
  `with over as (
     select b.tenant, b.key from weaver.budgets b
     where b.configured is null and b.policies = '[]' and b.concurrency is null and coalesce(b.blocked_until, '-infinity') < now()
       and b.used_at < now() - case when b.usage = '[]' then ${keptMs} else ${keptWithLimitsMs}::bigint end * interval '1 ms'
       and not exists (select 1 from weaver.budget_streams u where u.tenant = b.tenant and u.key = b.key)
     order by b.tenant, b.key limit ${maxRemoved} for update of b skip locked)
   delete from weaver.budgets b using over o where b.tenant = o.tenant and b.key = o.key`,
)

interface ShownRow {
  key: string
  name: string | null
  host: string | null
  configured: boolean
  policies: { requests: number; perMs: number }[]
  concurrency: number | null
  usage: PolicyUsage[]
  leases: BudgetLease[]
  stated_limit: number | null
  remaining: number | null
  learned_from: string | null
  learned_at: Date | null
  used_at: Date
  now: number
  blocked_until: Date | null
  reset_at: Date | null
  waiting: number
  streams: { id: string; name: string | null; usedAt: string }[]
}

/** The key of a budget that has a name. */
export const namedKey = (name: string): string => `name:${name}`

/** Budgets as people see and configure them. */
export class BudgetBook {
  readonly #database: Database
  readonly #announce: () => Promise<void>

  constructor(database: Database, announce: () => Promise<void>) {
    this.#database = database
    this.#announce = announce
  }

  /** In order of key. */
  async list({
    tenant,
    limit,
    after = '',
  }: {
    readonly tenant: string
    readonly limit: number
    readonly after?: string
  }): Promise<PageResult<Budget>> {
    const rows = await this.#database.rows<ShownRow & Record<string, unknown>>(listStatement, [tenant, after, limit + 1])
    const items = rows.slice(0, limit).map(toBudget)
    return { items, next: rows.length > limit ? (items.at(-1)?.key ?? null) : null }
  }

  /** By key. @throws WeaverError `not_found` */
  async get(tenant: string, key: string): Promise<Budget> {
    const [row] = await this.#database.rows<ShownRow & Record<string, unknown>>(readStatement, [tenant, key])
    if (row === undefined) throw new WeaverError('not_found', `there is no budget "${key}"`)
    return toBudget(row)
  }

  /** Sets the limits of a name, in place of those that streams state. All workers heed them within a moment. */
  async configure(tenant: string, name: string, config: BudgetConfig): Promise<Budget> {
    const key = namedKey(name)
    await this.#database.rows(configureStatement, [tenant, key, name, JSON.stringify(config)])
    await this.#announce()
    return await this.get(tenant, key)
  }

  /** Forgets configured limits and what was learned; limits that streams state hold again. @throws WeaverError `not_found` */
  async forget(tenant: string, key: string): Promise<void> {
    const rows = await this.#database.rows(forgetStatement, [tenant, key])
    if (rows.length === 0) throw new WeaverError('not_found', `there is no budget "${key}"`)
    await this.#database.rows(sumUpLimits, [[tenant], [key]])
    await this.#database.rows(dropUnusedStatement, [tenant, key])
    await this.#announce()
  }

  /** Removes what has had its time: places of runs that are over or did not come, uses by streams that are gone, budgets nobody uses. */
  async cleanUp(): Promise<void> {
    await this.#database.rows(dropReservations, [])
    const left = await this.#database.rows<{ tenant: string; key: string }>(dropStreams, [])
    if (left.length > 0) {
      const changed = await this.#database.rows(sumUpLimits, [left.map(({ tenant }) => tenant), left.map(({ key }) => key)])
      if (changed.length > 0) await this.#announce()
    }
    await this.#database.rows(dropBudgets, [])
  }
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null

function toBudget(row: ShownRow): Budget {
  return {
    key: row.key,
    name: row.name,
    host: row.host,
    configured: row.configured,
    policies: row.policies.map((policy) => ({ ...policy, remaining: remainingOf(policy, row.usage, row.now) })),
    concurrency: row.concurrency,
    running: row.leases.filter(({ until }) => until > row.now).length,
    waiting: row.waiting,
    blockedUntil: iso(row.blocked_until),
    limit: row.stated_limit,
    remaining: row.reset_at === null ? null : row.remaining,
    resetAt: iso(row.reset_at),
    learnedFrom: row.learned_from,
    learnedAt: iso(row.learned_at),
    streams: row.streams.map((stream) => ({ ...stream, usedAt: new Date(stream.usedAt).toISOString() })),
    usedAt: row.used_at.toISOString(),
  }
}
