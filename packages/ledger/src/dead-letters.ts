import type { DeadLetter, DeadLetterGroup, DeadLetterState, PageResult } from '@data-weaver/contracts'
import { and, desc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { type Database, ledgerError } from './database.ts'
import { cursorNumber } from './history.ts'
import * as tables from './schema.ts'

export interface DeadLetterQuery {
  readonly tenant: string
  readonly limit: number
  readonly after?: string | undefined
  readonly streamId?: string | undefined
  /** Default: open. */
  readonly state?: DeadLetterState | undefined
  readonly code?: string | undefined
  readonly sink?: string | undefined
}

const { deadLetters, streams } = tables

const matching = ({ tenant, streamId, state = 'open', code, sink }: DeadLetterQuery): SQL | undefined =>
  and(
    eq(deadLetters.tenant, tenant),
    state === 'open' ? isNull(deadLetters.resolvedAt) : isNotNull(deadLetters.resolvedAt),
    streamId === undefined ? undefined : eq(deadLetters.streamId, streamId),
    code === undefined ? undefined : sql`${deadLetters.error} ->> 'code' = ${code}`,
    sink === undefined ? undefined : eq(deadLetters.sink, sink),
  )

/** What transforms and sinks refused, and what became of it. */
export class DeadLetterStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Newest first. */
  async list(query: DeadLetterQuery): Promise<PageResult<DeadLetter>> {
    const { limit, after } = query
    return await this.#guard(async () => {
      const rows = await this.#rows(
        and(matching(query), after === undefined ? undefined : sql`${deadLetters.id} < ${cursorNumber(after)}`),
        limit + 1,
      )
      const items = rows.slice(0, limit)
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    })
  }

  /** By cause: code, stream and sink. The cause of the newest dead letter first. */
  async groups(query: DeadLetterQuery): Promise<PageResult<DeadLetterGroup>> {
    const { limit, after } = query
    return await this.#guard(async () => {
      const newestId = sql<string>`max(${deadLetters.id})`
      const found = await this.#database.drizzle
        .select({
          example: sql<string>`max(${deadLetters.id})::text`,
          count: sql<number>`count(*)::int`,
          oldest: sql<string>`min(${deadLetters.createdAt})`,
          newest: sql<string>`max(${deadLetters.createdAt})`,
        })
        .from(deadLetters)
        .where(matching(query))
        .groupBy(deadLetters.streamId, deadLetters.sink, sql`${deadLetters.error} ->> 'code'`)
        .having(after === undefined ? undefined : sql`${newestId} < ${cursorNumber(after)}`)
        .orderBy(sql`max(${deadLetters.id}) desc`)
        .limit(limit + 1)
      const groups = found.slice(0, limit)
      const examples = await this.#rows(sql`${deadLetters.id} = any(${sql.param(groups.map(({ example }) => example))}::bigint[])`, limit)
      const byId = new Map(examples.map((letter) => [letter.id, letter]))
      const items = groups.flatMap(({ example: id, count, oldest, newest }): DeadLetterGroup[] => {
        const example = byId.get(id)
        if (example === undefined) return []
        const { error, streamId, stream, sink } = example
        const times = { oldest: new Date(oldest).toISOString(), newest: new Date(newest).toISOString() }
        return [{ code: error.code, streamId, stream, sink, count, ...times, example }]
      })
      return { items, next: found.length > limit ? (groups.at(-1)?.example ?? null) : null }
    })
  }

  async #rows(where: SQL | undefined, limit: number): Promise<DeadLetter[]> {
    const rows = await this.#database.drizzle
      .select({ letter: deadLetters, stream: streams.name })
      .from(deadLetters)
      .innerJoin(streams, eq(streams.id, deadLetters.streamId))
      .where(where)
      .orderBy(desc(deadLetters.id))
      .limit(limit)
    return rows.map(({ letter, stream }) => ({
      id: String(letter.id),
      streamId: letter.streamId,
      stream,
      runId: letter.runId,
      resultId: letter.resultId,
      sink: letter.sink,
      record: letter.record,
      error: letter.error,
      createdAt: letter.createdAt.toISOString(),
      resolvedAt: letter.resolvedAt?.toISOString() ?? null,
      resolution: letter.resolution,
    }))
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (thrown) {
      throw ledgerError(thrown)
    }
  }
}
