import { laneOf, mostTicksRun, type RunTicks, type RunState, type Schedule, type TickRuns, WeaverError } from '@data-weaver/contracts'
import { ticksBetween } from '@data-weaver/schedule'
import { sql } from 'drizzle-orm'
import { v7 as uuidv7 } from 'uuid'
import { insertQueued } from './operation-rows.ts'
import { lockStream, type Tx } from './stream-rows.ts'
import { missingTicks, type Stretch } from './ticks.ts'

/** A row that stands for a stretch of ticks without a run. Its ticks are those of the schedule that was in force. */
interface StretchRow extends Record<string, unknown> {
  readonly id: string
  readonly tick: string
  readonly until: string
  readonly state: RunState
  readonly schedule: Schedule
}

/** Ticks of one row that are to be run. */
interface Choice {
  readonly row: StretchRow
  readonly ticks: readonly number[]
}

interface Chosen extends Pick<TickRuns, 'already' | 'more'> {
  readonly choices: readonly Choice[]
}

const ms = (time: string): number => Date.parse(time)
const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

const columns = sql`r.id, to_json(r.tick) #>> '{}' as tick, to_json(coalesce(r.tick_until, r.tick)) #>> '{}' as until, r.state, v.spec -> 'schedule' as schedule`

/**
 * Queues runs for ticks that were missed or skipped, as an operation, each with its nominal time, so the account of ticks says that they ran, late. A tick
 * that has a run is left alone: whoever asks twice gets one run. Answers what is run, and where to wake the first.
 * @throws WeaverError `not_found`, `stream_stopped`, `invalid_request` for a time that is no tick which was missed or skipped.
 */
export async function runTicks(
  tx: Tx,
  tenant: string,
  idOrName: string,
  wish: RunTicks,
): Promise<TickRuns & { readonly wake?: { runId: string; lane: string } }> {
  const { row: stream } = await lockStream(tx, tenant, idOrName)
  const { choices, already, more } = 'ticks' in wish ? await byTime(tx, stream.id, wish.ticks) : await byWindow(tx, stream.id, wish)
  const ticks = choices.flatMap((choice) => choice.ticks).toSorted((a, b) => a - b)
  const answer = { ticks: ticks.length, already, more, first: iso(ticks[0]), last: iso(ticks.at(-1)), operation: null }
  if (wish.dryRun === true || ticks.length === 0) return answer
  if (stream.desired === 'stopped') throw new WeaverError('stream_stopped', `stream "${stream.name}" is stopped; start it first`)
  const runIds = await write(tx, choices)
  const operation = await insertQueued(tx, { tenant: stream.tenant, action: 'runTicks', streamId: stream.id, runIds })
  await tx.execute(
    sql`update weaver.streams set open_stretch = null where id = ${stream.id} and open_stretch = any(${sql.param(choices.map(({ row }) => row.id))}::uuid[])`,
  )
  const [first] = runIds
  return { ...answer, operation, ...(first === undefined ? {} : { wake: { runId: first, lane: laneOf(stream.pool, stream.tenant) } }) }
}

async function byWindow(
  tx: Tx,
  streamId: string,
  { since, until, outcomes = ['missed'] }: Extract<RunTicks, { since: string }>,
): Promise<Chosen> {
  // A row holds a tick of the window at least, but for those at its edges.
  const { rows } = await tx.execute<StretchRow>(sql`
    select ${columns} from weaver.runs r join weaver.stream_versions v on v.stream_id = r.stream_id and v.version = r.stream_version
    where r.stream_id = ${streamId} and r.state = any(${sql.param([...outcomes])}::text[]) and r.tick <= ${until}::timestamptz
      and coalesce(r.tick_until, r.tick) >= ${since}::timestamptz
    order by r.tick limit ${mostTicksRun + 3}`)
  const choices: Choice[] = []
  let left = mostTicksRun
  let more = false
  for (const row of rows) {
    const from = Math.max(ms(row.tick), ms(since))
    const found = ticksBetween(row.schedule, ms(row.tick), from - 1, Math.min(ms(row.until), ms(until)), left)
    if (found.ticks.length > 0) choices.push({ row, ticks: found.ticks })
    left -= found.ticks.length
    more ||= found.count > found.ticks.length
  }
  return { choices, already: 0, more }
}

async function byTime(tx: Tx, streamId: string, times: readonly string[]): Promise<Chosen> {
  const wanted = [...new Set(times.map(ms))].toSorted((a, b) => a - b)
  const { rows } = await tx.execute<StretchRow & { readonly asked: string }>(sql`
    select to_json(t.at) #>> '{}' as asked, ${columns} from unnest(${sql.param(wanted.map((at) => new Date(at)))}::timestamptz[]) as t(at)
    cross join lateral (select * from weaver.runs where stream_id = ${streamId} and tick <= t.at order by tick desc limit 1) r
    left join weaver.stream_versions v on v.stream_id = r.stream_id and v.version = r.stream_version`)
  const held = new Map(rows.map((row) => [ms(row.asked), row]))
  const chosen = new Map<string, { row: StretchRow; ticks: number[] }>()
  let already = 0
  for (const at of wanted) {
    const row = held.get(at)
    const open = row !== undefined && (row.state === 'missed' || row.state === 'skipped')
    if (row !== undefined && !open && ms(row.tick) === at) already += 1
    else if (open && at <= ms(row.until) && ticksBetween(row.schedule, ms(row.tick), at - 1, at, 1).count === 1) {
      const choice = chosen.get(row.id) ?? { row, ticks: [] }
      choice.ticks.push(at)
      chosen.set(row.id, choice)
    } else throw noTick(at, times)
  }
  return { choices: [...chosen.values()], already, more: false }
}

function noTick(at: number, times: readonly string[]): WeaverError {
  const field = `ticks.${times.findIndex((time) => ms(time) === at)}`
  const problem = `${iso(at)} is no tick of the stream that was missed or skipped`
  const hint = 'GET /v1/streams/{id}/ticks lists them; the last 30 s are not accounted for yet.'
  throw new WeaverError('invalid_request', problem, { errors: [{ field, problem, hint }] })
}

interface Piece extends Stretch {
  readonly source: string
  readonly id: string
  readonly runs: boolean
}

/** Cuts rows into the ticks that are to run and what is left between them. The first piece keeps the row. Answers the runs, the oldest tick first. */
async function write(tx: Tx, choices: readonly Choice[]): Promise<readonly string[]> {
  const pieces = choices.map(cut)
  const fresh = pieces.flatMap((all) => all.slice(1))
  const column = (of: readonly Piece[], value: (piece: Piece) => unknown) => sql.param(of.map(value))
  const table = (of: readonly Piece[]) => sql`
    unnest(${column(of, ({ id }) => id)}::uuid[], ${column(of, ({ source }) => source)}::uuid[], ${column(of, ({ tick }) => new Date(tick))}::timestamptz[],
      ${column(of, ({ last }) => new Date(last))}::timestamptz[], ${column(of, ({ count }) => count)}::int[], ${column(of, ({ runs }) => runs)}::boolean[])
      with ordinality as i(id, source, tick, tick_until, ticks, runs, n)`
  await tx.execute(sql`
    insert into weaver.runs (id, tenant, stream_id, stream_version, trigger, tick, tick_until, ticks, state, reason, created_at, finished_at, enqueue_after)
    select i.id, r.tenant, r.stream_id, case when not i.runs then r.stream_version end, case when i.runs then 'catchUp' else r.trigger end, i.tick, i.tick_until, i.ticks,
      case when i.runs then 'queued' else r.state end, case when not i.runs then r.reason end, case when i.runs then now() else r.created_at end,
      case when not i.runs then r.finished_at end, case when i.runs then now() end
    from ${table(fresh)} join weaver.runs r on r.id = i.source order by i.n`)
  await tx.execute(sql`
    update weaver.runs r set tick_until = i.tick_until, ticks = i.ticks, state = case when i.runs then 'queued' else r.state end,
      stream_version = case when not i.runs then r.stream_version end, trigger = case when i.runs then 'catchUp' else r.trigger end,
      reason = case when not i.runs then r.reason end, finished_at = case when not i.runs then r.finished_at end, enqueue_after = case when i.runs then now() end
    from ${table(pieces.flatMap((all) => all.slice(0, 1)))} where r.id = i.id`)
  const queued = pieces.flat().filter(({ runs }) => runs)
  return queued.toSorted((a, b) => a.tick - b.tick).map(({ id }) => id)
}

function cut({ row, ticks }: Choice): readonly Piece[] {
  const [from, until] = [ms(row.tick), ms(row.until)]
  const rest = missingTicks({ schedule: row.schedule, anchor: from, accountedUntil: from - 1 }, until, ticks)
  const all = [
    ...ticks.map((tick) => ({ tick, last: tick, count: 1, runs: true })),
    ...rest.map((stretch) => ({ ...stretch, runs: false })),
  ]
  return all.toSorted((a, b) => a.tick - b.tick).map((piece, index) => ({ ...piece, source: row.id, id: index === 0 ? row.id : uuidv7() }))
}
