import { type Asking, type BudgetState, decide, type Decision, limited, type Reservation } from './budget-state.ts'
import { type Database, statement } from './database.ts'

/** One request that wants to be sent. */
export interface BudgetTake extends Asking {
  readonly tenant: string
  readonly key: string
}

export interface BudgetLeaseId {
  readonly tenant: string
  readonly key: string
  readonly requestId: string
}

/**
 * `granted` at a time of the database's clock; `leased`: it counts for the concurrency until it is released. `wait`: a place in the line is
 * kept; come back after `waitMs`, which makes `totalMs` of waiting in all. Times in milliseconds.
 */
export type BudgetAnswer =
  | { readonly outcome: 'granted'; readonly at: number; readonly leased: boolean }
  | { readonly outcome: 'wait'; readonly at: number; readonly until: number; readonly waitMs: number; readonly totalMs: number }

/** How often a decision is made anew because another worker was faster, before the asker is told to come back in a moment. */
const maxRounds = 20
const comeBackMs = 50
/** Runs that are due and have not come yet, as many as one decision looks at. */
const maxDue = 2000

const ms = (time: string): string => `(extract(epoch from ${time}) * 1000)::float8`
const row = `jsonb_build_array(r.run_id, r.stream_id, r.place, ${ms('r.since')}, ${ms('r.due_at')}, ${ms('r.expires_at')})`
const inLine = `from weaver.budget_reservations r where r.tenant = i.tenant and r.key = i.key and r.expires_at > c.at`

// One statement is one state of everything: reservations change only together with the budget's version.
const readStatement = statement(
  'budget_take_read',
  `with input as materialized (
     select i.tenant, i.key, array_agg(i.run_id) as runs, array_agg(i.stream_id) as streams
     from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[]) as i(tenant, key, run_id, stream_id) group by i.tenant, i.key),
   c as materialized (select coalesce($5::timestamptz, clock_timestamp()) as at)
   select b.tenant, b.key, b.version, b.policies, b.concurrency, b.usage, b.leases, b.turn, b.remaining, ${ms('c.at')} as now,
     ${ms('b.blocked_until')} as blocked_until, ${ms('b.reset_at')} as reset_at,
     coalesce((select jsonb_agg(${row}) ${inLine} and r.run_id = any(i.runs)), '[]') as own,
     coalesce((select jsonb_agg(${row}) from (
       select r.* ${inLine} and r.due_at <= c.at and r.run_id <> all(i.runs) order by r.place limit ${maxDue}) r), '[]') as due,
     coalesce((select jsonb_agg(jsonb_build_array(p.place, p.n)) from (select r.place, count(*) as n ${inLine} group by r.place) p), '[]') as places,
     coalesce((select jsonb_agg(jsonb_build_array(l.stream_id, l.place)) from (
       select r.stream_id, max(r.place) as place ${inLine} and r.stream_id = any(i.streams) group by r.stream_id) l), '[]') as last
   from input i join weaver.budgets b using (tenant, key) cross join c`,
)

// Written only where nobody was faster. No lock is held between reading and writing, so a worker that stops in between stops nobody.
const writeStatement = statement(
  'budget_take_write',
  `with input as materialized (
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::jsonb[], $5::jsonb[], $6::bigint[], $7::bigint[]) as i(tenant, key, version, usage, leases, turn, remaining)),
   locked as materialized (
     select b.tenant, b.key from weaver.budgets b join input i on b.tenant = i.tenant and b.key = i.key and b.version = i.version
     order by b.tenant, b.key for no key update of b),
   written as (
     update weaver.budgets b set usage = i.usage, leases = i.leases, turn = i.turn, remaining = i.remaining, version = b.version + 1, used_at = now()
     from input i join locked l using (tenant, key) where b.tenant = i.tenant and b.key = i.key
     returning b.tenant, b.key),
   placed as (
     insert into weaver.budget_reservations as r (tenant, key, run_id, stream_id, place, since, due_at, expires_at)
     select p.tenant, p.key, p.run_id, p.stream_id, p.place, to_timestamp(p.since / 1000), to_timestamp(p.due_at / 1000), to_timestamp(p.expires_at / 1000)
     from unnest($8::text[], $9::text[], $10::uuid[], $11::uuid[], $12::bigint[], $13::float8[], $14::float8[], $15::float8[])
       as p(tenant, key, run_id, stream_id, place, since, due_at, expires_at) join written using (tenant, key)
     on conflict (tenant, key, run_id) do update set place = excluded.place, since = excluded.since, due_at = excluded.due_at, expires_at = excluded.expires_at),
   served as (
     delete from weaver.budget_reservations r using unnest($16::text[], $17::text[], $18::uuid[]) as g(tenant, key, run_id), written w
     where w.tenant = g.tenant and w.key = g.key and r.tenant = g.tenant and r.key = g.key and r.run_id = g.run_id)
   select tenant, key from written`,
)

type ReservationRow = [string, string, number, number, number, number]

interface StateRow {
  tenant: string
  key: string
  version: number
  policies: BudgetState['policies']
  concurrency: number | null
  usage: BudgetState['usage']
  leases: BudgetState['leases']
  turn: number
  remaining: number | null
  now: number
  blocked_until: number | null
  reset_at: number | null
  own: ReservationRow[]
  due: ReservationRow[]
  places: [number, number][]
  last: [string, number][]
}

const idOf = ({ tenant, key }: { readonly tenant: string; readonly key: string }): string => `${tenant} ${key}`

const toReservation = ([runId, streamId, place, since, dueAt, expiresAt]: ReservationRow): Reservation => ({
  runId,
  streamId,
  place,
  since,
  dueAt,
  expiresAt,
})

/** Shares out budgets among these requests: reads all of them at once, decides, writes all at once, and again where another was faster. */
export async function takeBudgets(database: Database, takes: readonly BudgetTake[], at?: number): Promise<readonly BudgetAnswer[]> {
  const answers: BudgetAnswer[] = takes.map(() => ({ outcome: 'granted', at: at ?? 0, leased: false }))
  let open = takes.map((take, index) => ({ take, index }))
  for (let round = 0; open.length > 0; round += 1) {
    const rows = await read(
      database,
      open.map(({ take }) => take),
      at,
    )
    const byKey = Map.groupBy(open, ({ take }) => idOf(take))
    const decided = rows.flatMap((row) => {
      const asking = byKey.get(idOf(row)) ?? []
      const decision = decideFor(
        row,
        asking.map(({ take }) => take),
      )
      for (const [position, { index }] of asking.entries()) answers[index] = toAnswer(decision, position, row)
      return decision === undefined ? [] : [{ row, decision }]
    })
    if (decided.length === 0) return answers
    const written = new Set((await write(database, decided)).map(idOf))
    open = decided.filter(({ row }) => !written.has(idOf(row))).flatMap(({ row }) => byKey.get(idOf(row)) ?? [])
    if (round < maxRounds) continue
    const now = decided[0]?.row.now ?? 0
    for (const { index } of open) {
      answers[index] = { outcome: 'wait', at: now, until: now + comeBackMs, waitMs: comeBackMs, totalMs: comeBackMs }
    }
    return answers
  }
  return answers
}

/** Undefined when nothing limits the budget now: nothing is to be written down. */
function decideFor(row: StateRow, asking: readonly BudgetTake[]): Decision | undefined {
  const state: BudgetState = { ...row, blockedUntil: row.blocked_until, resetAt: row.reset_at }
  const open = (until: number | null) => until !== null && until > row.now
  if (!limited(state) && !open(state.blockedUntil) && !open(state.resetAt) && row.own.length === 0) return undefined
  const line = {
    reservations: [...row.own, ...row.due].map(toReservation),
    places: new Map(row.places),
    last: new Map(row.last),
  }
  return decide(state, line, asking, row.now)
}

function toAnswer(decision: Decision | undefined, position: number, { now, concurrency }: StateRow): BudgetAnswer {
  const verdict = decision?.verdicts[position]
  if (verdict === undefined || verdict.granted)
    return { outcome: 'granted', at: now, leased: verdict !== undefined && concurrency !== null }
  return {
    outcome: 'wait',
    at: now,
    until: verdict.until,
    waitMs: Math.ceil(verdict.until - now),
    totalMs: Math.ceil(verdict.until - verdict.since),
  }
}

const read = (database: Database, takes: readonly BudgetTake[], at: number | undefined): Promise<StateRow[]> =>
  database.rows<StateRow & Record<string, unknown>>(readStatement, [
    takes.map(({ tenant }) => tenant),
    takes.map(({ key }) => key),
    takes.map(({ runId }) => runId),
    takes.map(({ streamId }) => streamId),
    at === undefined ? null : new Date(at),
  ])

async function write(
  database: Database,
  decided: readonly { readonly row: StateRow; readonly decision: Decision }[],
): Promise<readonly { tenant: string; key: string }[]> {
  const reserved = decided.flatMap(({ row, decision }) => decision.reserved.map((reservation) => ({ row, reservation })))
  const served = decided.flatMap(({ row, decision }) => decision.served.map((runId) => ({ row, runId })))
  return await database.rows<{ tenant: string; key: string }>(writeStatement, [
    decided.map(({ row }) => row.tenant),
    decided.map(({ row }) => row.key),
    decided.map(({ row }) => row.version),
    decided.map(({ decision }) => JSON.stringify(decision.state.usage)),
    decided.map(({ decision }) => JSON.stringify(decision.state.leases)),
    decided.map(({ decision }) => decision.state.turn),
    decided.map(({ decision }) => decision.state.remaining),
    reserved.map(({ row }) => row.tenant),
    reserved.map(({ row }) => row.key),
    reserved.map(({ reservation }) => reservation.runId),
    reserved.map(({ reservation }) => reservation.streamId),
    reserved.map(({ reservation }) => reservation.place),
    reserved.map(({ reservation }) => reservation.since),
    reserved.map(({ reservation }) => reservation.dueAt),
    reserved.map(({ reservation }) => reservation.expiresAt),
    served.map(({ row }) => row.tenant),
    served.map(({ row }) => row.key),
    served.map(({ runId }) => runId),
  ])
}

const overLeases = (columns: string, change: string): string =>
  `with input as materialized (
     select i.tenant, i.key, array_agg(i.id) as ids from unnest($1::text[], $2::text[], $3::text[]) as i(tenant, key, id) group by i.tenant, i.key),
   locked as materialized (
     select b.tenant, b.key from weaver.budgets b join input using (tenant, key) order by b.tenant, b.key for no key update of b)
   update weaver.budgets b set version = b.version + 1, leases = coalesce((select jsonb_agg(${columns}) from jsonb_array_elements(b.leases) as l ${change}), '[]')
   from input i join locked using (tenant, key) where b.tenant = i.tenant and b.key = i.key`

const releaseStatement = statement('budget_release', overLeases('l', `where l ->> 'id' <> all(i.ids)`))
const renewStatement = statement(
  'budget_renew',
  overLeases(
    `case when l ->> 'id' = any(i.ids) then l || jsonb_build_object('until', extract(epoch from clock_timestamp()) * 1000 + $4::float8) else l end`,
    '',
  ),
)

const idsOf = (leases: readonly BudgetLeaseId[]) => [
  leases.map(({ tenant }) => tenant),
  leases.map(({ key }) => key),
  leases.map(({ requestId }) => requestId),
]

export const releaseBudgets = async (database: Database, leases: readonly BudgetLeaseId[]): Promise<void> => {
  await database.rows(releaseStatement, idsOf(leases))
}

export const renewBudgets = async (database: Database, leases: readonly BudgetLeaseId[], leaseMs: number): Promise<void> => {
  await database.rows(renewStatement, [...idsOf(leases), leaseMs])
}
