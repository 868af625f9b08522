import { type Database, statement } from './database.ts'

/** What a source told about its limits. Times are durations from now: clocks of sources and workers differ. */
export interface LearnedBudget {
  readonly tenant: string
  readonly key: string
  readonly name: string | null
  readonly host: string | null
  /** Nothing may be sent for so long, milliseconds; null: it did not say so. */
  readonly blockMs: number | null
  readonly limit: number | null
  /** With `resetMs`: so many until then. */
  readonly remaining: number | null
  readonly resetMs: number | null
  /** The header that told so. */
  readonly from: string
}

/** Longest block that a source can cause, milliseconds: a slip of its must not stop a stream for years. */
const maxBlockMs = 24 * 3_600_000
/** Longest window that is believed, milliseconds. */
const maxWindowMs = 32 * 24 * 3_600_000
/** The same end of a window, told by two answers, may differ by this much, milliseconds. */
const toleranceMs = 2000

const tolerance = `${toleranceMs} * interval '1 ms'`
const scarce = (row: string): string =>
  `coalesce(${row}.reset_at > excluded.learned_at and ${row}.remaining <= greatest(20, ${row}.stated_limit / 10), false)`
const told = `excluded.remaining is not null and excluded.reset_at is not null`
const newWindow = `(${told} and (b.remaining is null or b.reset_at is null or b.reset_at <= excluded.learned_at
  or excluded.reset_at > b.reset_at + ${tolerance} or (excluded.reset_at < b.reset_at - ${tolerance} and excluded.remaining < b.remaining)))`
const sameWindow = `(${told} and excluded.reset_at between b.reset_at - ${tolerance} and b.reset_at + ${tolerance})`

// Answers come in any order: within one window the lowest count holds, and a block only grows.
const learnStatement = statement(
  'budget_learn',
  `with at as materialized (select coalesce($10::timestamptz, clock_timestamp())::timestamptz(3) as at)
   insert into weaver.budgets as b (tenant, key, name, host, blocked_until, stated_limit, remaining, reset_at, learned_from, learned_at, changed_at, used_at)
   select i.tenant, i.key, i.name, i.host, at + i.block_ms * interval '1 ms', i.stated_limit, i.remaining, at + i.reset_ms * interval '1 ms', i.learned_from, at, at, at
   from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::bigint[], $7::bigint[], $8::float8[], $9::text[])
     as i(tenant, key, name, host, block_ms, stated_limit, remaining, reset_ms, learned_from) cross join at
   order by i.tenant, i.key
   on conflict (tenant, key) do update set
     blocked_until = greatest(b.blocked_until, excluded.blocked_until),
     stated_limit = case when sameWindow then coalesce(b.stated_limit, excluded.stated_limit) else coalesce(excluded.stated_limit, b.stated_limit) end,
     remaining = case when newWindow then excluded.remaining when sameWindow then least(b.remaining, excluded.remaining) else b.remaining end,
     reset_at = case when newWindow then excluded.reset_at else b.reset_at end,
     learned_from = excluded.learned_from, learned_at = excluded.learned_at, used_at = excluded.used_at, version = b.version + 1,
     changed_at = case when excluded.blocked_until > coalesce(b.blocked_until, '-infinity') + interval '100 ms'
       or (${scarce('excluded')} and not ${scarce('b')}) then excluded.learned_at else b.changed_at end
   returning b.changed_at = b.learned_at and (b.blocked_until > b.learned_at
     or coalesce(b.reset_at > b.learned_at and b.remaining <= greatest(20, b.stated_limit / 10), false)) as heed`
    .replaceAll('newWindow', newWindow)
    .replaceAll('sameWindow', sameWindow),
)

/** Writes down what sources told, one entry per budget; answers whether workers must look. `at` stands for the database's clock. */
export async function learnBudgets(database: Database, learned: readonly LearnedBudget[], at?: number): Promise<boolean> {
  const bounded = (ms: number | null, most: number) => (ms === null ? null : Math.min(Math.max(0, ms), most))
  const rows = await database.rows<{ heed: boolean }>(learnStatement, [
    learned.map(({ tenant }) => tenant),
    learned.map(({ key }) => key),
    learned.map(({ name }) => name),
    learned.map(({ host }) => host),
    learned.map(({ blockMs }) => bounded(blockMs, maxBlockMs)),
    learned.map(({ limit }) => limit),
    learned.map(({ remaining }) => remaining),
    learned.map(({ resetMs }) => bounded(resetMs, maxWindowMs)),
    learned.map(({ from }) => from),
    at === undefined ? null : new Date(at),
  ])
  return rows.some(({ heed }) => heed)
}

/** One entry per budget: the longest block, and of the counts the lowest. */
export function mergeLearned(learned: readonly LearnedBudget[]): readonly LearnedBudget[] {
  const byKey = new Map<string, LearnedBudget>()
  for (const one of learned) {
    const id = `${one.tenant} ${one.key}`
    const other = byKey.get(id)
    byKey.set(id, other === undefined ? one : merge(other, one))
  }
  return [...byKey.values()]
}

function merge(a: LearnedBudget, b: LearnedBudget): LearnedBudget {
  const [fewer, more] = (b.remaining ?? Number.POSITIVE_INFINITY) <= (a.remaining ?? Number.POSITIVE_INFINITY) ? [b, a] : [a, b]
  const blockMs = a.blockMs === null ? b.blockMs : Math.max(a.blockMs, b.blockMs ?? 0)
  const from = blockMs !== null && a.blockMs === blockMs ? a.from : blockMs !== null ? b.from : fewer.from
  return { ...fewer, limit: fewer.limit ?? more.limit, blockMs, from }
}
