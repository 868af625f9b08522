import {
  type DeadLetterAction,
  type RedeliveryAction,
  type RedeliveryPreview,
  type ReparseRequest,
  type SinkEntry,
  toWeaverError,
  WeaverError,
} from '@data-weaver/contracts'
import { eq, sql } from 'drizzle-orm'
import { type Database, ledgerError, statement } from './database.ts'
import { toRunError } from './finish.ts'
import { insertOperation } from './operation-rows.ts'
import type { DueItem } from './reconcile.ts'
import { collect, discardSome, lettersOf, redriveSome, reparseSome, resultsOf } from './redeliver.ts'
import { openRedeliveries, redeliveries, type RedeliveryWish } from './redelivery-schema.ts'
import * as tables from './schema.ts'
import { lockStream, readStream, type Tx } from './stream-rows.ts'

const open = statement(
  'redeliveries_open',
  `select id from weaver.operations where state in ('applying', 'waiting') and action in ('reparse', 'redrive', 'discard') order by id`,
)

/** What is asked of dead letters: to deliver them again, or to leave them. */
export type DeadLetterWish = Pick<DeadLetterAction, 'ids' | 'filter'>

/**
 * Results that are carried to sinks again, without a request to their source: re-parses of a stream, and redrives of dead letters. Each is
 * an operation; the leader makes its deliveries a few at a time, and it is complete when all of them have ended.
 */
export class RedeliveryStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Writes a re-parse down: what is committed by now is read with the version that is current now. @throws WeaverError `not_found`,
   * `invalid_request`.
   */
  async reparse(tenant: string, stream: string, request: ReparseRequest): Promise<string> {
    return await this.#transaction(async (tx) => {
      // No page of the stream is committed while its row is locked: those that come later have higher numbers.
      const { row, spec } = await lockStream(tx, tenant, stream)
      const wish = await reparseWish(tx, row.id, spec.sinks, request)
      const { rows } = await tx.execute<{ n: number; first: string | null; last: string | null }>(sql`
        select count(*)::int as n, min(r.seq)::text as first, max(r.seq)::text as last from weaver.results r where ${resultsOf(row.id, wish)}`)
      const { n = 0, first = null, last = null } = rows[0] ?? {}
      const scope = { stream: row.id }
      const operationId = await insertOperation(tx, { tenant, action: 'reparse', scope, state: 'applying', matched: 1 })
      await tx.insert(redeliveries).values({
        operationId,
        wish,
        streamId: row.id,
        streamVersion: row.version,
        evenStopped: row.desired === 'stopped',
        after: Number(first ?? 1) - 1,
        upTo: Number(last ?? 0),
        matched: n,
      })
      await tx.execute(sql`select pg_notify('weaver_operations', '')`)
      return operationId
    })
  }

  /** What a re-parse would touch now. @throws WeaverError `not_found`, `invalid_request`. */
  async previewReparse(tenant: string, stream: string, request: ReparseRequest): Promise<RedeliveryPreview> {
    return await this.#guard(async () => {
      const tx = this.#database.drizzle
      const { row, version } = await readStream(tx, tenant, stream)
      const { sinks } = version.spec
      const wish = await reparseWish(tx, row.id, sinks, request)
      const { rows } = await tx.execute<{ results: number; letters: number }>(sql`
        with matched as materialized (select r.id from weaver.results r where ${resultsOf(row.id, wish)})
        select (select count(*) from matched)::int as results,
          (select count(*) from weaver.dead_letters l join matched m on m.id = l.result_id where l.resolved_at is null)::int as letters`)
      const { results = 0, letters = 0 } = rows[0] ?? {}
      return { results, deliveries: results * (wish.positions ?? sinks).length, deadLetters: letters }
    })
  }

  /** Writes down that open dead letters are delivered again or left. @throws WeaverError `not_found` for an unknown stream. */
  async actOnDeadLetters(tenant: string, action: Exclude<RedeliveryAction, 'reparse'>, asked: DeadLetterWish): Promise<string> {
    return await this.#transaction(async (tx) => {
      const { streamId, evenStopped, wish } = await deadLetterWish(tx, tenant, asked)
      const { rows } = await tx.execute<{ n: number; first: string | null; last: string | null }>(sql`
        select count(*)::int as n, min(l.id)::text as first, max(l.id)::text as last from weaver.dead_letters l where ${lettersOf(tenant, streamId, wish)}`)
      const { n = 0, first = null, last = null } = rows[0] ?? {}
      const { ids, filter } = asked
      const deadLetters = { ...(ids === undefined ? {} : { ids: ids.length }), ...(filter === undefined ? {} : { filter }) }
      const scope = { ...(streamId === null ? {} : { stream: streamId }), deadLetters }
      const operationId = await insertOperation(tx, { tenant, action, scope, state: 'applying' })
      const upTo = Number(last ?? 0)
      await tx
        .insert(redeliveries)
        .values({ operationId, wish, streamId, streamVersion: null, evenStopped, after: Number(first ?? 1) - 1, upTo, matched: n })
      await tx.execute(sql`select pg_notify('weaver_operations', '')`)
      return operationId
    })
  }

  /** What it would touch now. @throws WeaverError `not_found` for an unknown stream. */
  async previewDeadLetters(
    tenant: string,
    action: Exclude<RedeliveryAction, 'reparse'>,
    asked: DeadLetterWish,
  ): Promise<RedeliveryPreview> {
    return await this.#guard(async () => {
      const tx = this.#database.drizzle
      const { streamId, wish } = await deadLetterWish(tx, tenant, asked)
      const { rows } = await tx.execute<{ n: number; results: number; deliveries: number }>(sql`
        select count(*)::int as n, count(distinct l.result_id)::int as results, count(distinct (l.result_id, l.sink, l.position))::int as deliveries
        from weaver.dead_letters l where ${lettersOf(tenant, streamId, wish)}`)
      const { n = 0, results = 0, deliveries = 0 } = rows[0] ?? {}
      return action === 'discard' ? { results: 0, deliveries: 0, deadLetters: n } : { results, deliveries, deadLetters: n }
    })
  }

  /** Counts what has ended and makes the next few deliveries of every such operation; answers those to wake. */
  async next(): Promise<readonly DueItem[]> {
    const made: DueItem[] = []
    const operations = await this.#database.rows<{ id: string }>(open, [])
    for (const { id } of operations) await this.#attempt(id, async (tx) => await collect(tx, id))
    for (const { id } of operations) made.push(...(await this.#attempt(id, (tx) => step(tx, id))))
    return made
  }

  /** An operation that cannot go on fails, and holds up no other one. */
  async #attempt(id: string, work: (tx: Tx) => Promise<readonly DueItem[] | void>): Promise<readonly DueItem[]> {
    try {
      return (await this.#transaction(work)) ?? []
    } catch (thrown) {
      if (isCollision(thrown)) return []
      const error = toWeaverError(thrown)
      if (error.code === 'ledger_unavailable') throw error
      await this.#transaction(async (tx) => {
        await tx
          .update(tables.operations)
          .set({ state: 'failed', error: toRunError(error), finishedAt: sql`now()` })
          .where(eq(tables.operations.id, id))
        await tx.delete(openRedeliveries).where(eq(openRedeliveries.operationId, id))
      })
      return []
    }
  }

  async #transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return await this.#guard(async () => await this.#database.drizzle.transaction(work))
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      throw ledgerError(thrown)
    }
  }
}

/** Makes the next few deliveries of an operation that has some left to make. */
async function step(tx: Tx, id: string): Promise<readonly DueItem[]> {
  const [found] = await tx
    .select({ row: redeliveries, tenant: tables.operations.tenant, action: tables.operations.action })
    .from(redeliveries)
    .innerJoin(tables.operations, eq(tables.operations.id, redeliveries.operationId))
    .where(sql`${redeliveries.operationId} = ${id} and ${tables.operations.state} = 'applying'`)
  if (found === undefined) return []
  const { row, tenant, action } = found
  if (action === 'reparse') return await reparseSome(tx, row)
  return await (action === 'redrive' ? redriveSome : discardSome)(tx, tenant, row)
}

/** Postgres ended the transaction because of another one (SQLSTATE class 40): the next look tries again. */
function isCollision(thrown: unknown): boolean {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  const { code } = (cause ?? {}) as { code?: unknown }
  return typeof code === 'string' && code.startsWith('40')
}

const invalid = (field: string, problem: string, hint: string): WeaverError =>
  new WeaverError('invalid_request', `${field} ${problem}`, { errors: [{ field, problem, hint }] })

async function reparseWish(
  tx: Tx,
  streamId: string,
  sinks: readonly SinkEntry[],
  { since, until, results, run, sinks: wanted }: ReparseRequest,
): Promise<RedeliveryWish> {
  const positions = wanted === undefined ? undefined : [...new Set(wanted.flatMap((each) => placesOf(each, sinks)))]
  if (results !== undefined) {
    const { rows } = await tx.execute<{ id: string }>(sql`
      select i.id from unnest(${sql.param([...results])}::uuid[]) as i(id)
      where not exists (select from weaver.results r where r.id = i.id and r.stream_id = ${streamId}) limit 1`)
    const [unknown] = rows
    if (unknown !== undefined)
      throw invalid('results', `has "${unknown.id}", which is no result of the stream`, `Ids are in /v1/streams/${streamId}/results.`)
  }
  if (run !== undefined) {
    const { rows } = await tx.execute(sql`select from weaver.runs r where r.id = ${run} and r.stream_id = ${streamId}`)
    if (rows.length === 0) throw invalid('run', `is "${run}", which is no run of the stream`, `Ids are in /v1/streams/${streamId}/runs.`)
  }
  return {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(results === undefined ? {} : { results }),
    ...(run === undefined ? {} : { run }),
    ...(positions === undefined ? {} : { positions }),
  }
}

function placesOf(wanted: number | string, sinks: readonly SinkEntry[]): readonly number[] {
  const places = [...sinks.keys()].filter((position) => position === wanted || sinks[position]?.type === wanted)
  if (places.length > 0) return places
  const there = sinks.map(({ type }, position) => `${position} (${type})`).join(', ')
  throw invalid(
    'sinks',
    `has ${JSON.stringify(wanted)}, which the current version does not have`,
    `It has ${there === '' ? 'no sinks' : there}.`,
  )
}

async function deadLetterWish(
  tx: Tx,
  tenant: string,
  { ids, filter }: DeadLetterWish,
): Promise<{ streamId: string | null; evenStopped: boolean; wish: RedeliveryWish }> {
  if ((ids === undefined) === (filter === undefined))
    throw invalid('ids', 'or filter must be given, and not both', 'Give {"filter":{}} for all open dead letters.')
  const { stream, ...causes } = filter ?? {}
  const row = stream === undefined ? undefined : (await readStream(tx, tenant, stream)).row
  return {
    streamId: row?.id ?? null,
    evenStopped: row?.desired === 'stopped',
    wish: { ...(ids === undefined ? {} : { deadLetters: ids }), ...(filter === undefined ? {} : { filter: causes }) },
  }
}
