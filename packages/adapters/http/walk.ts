import { type AdapterContext, type Json, type LargePage, type Page, WeaverError } from '@data-weaver/contracts'
import { fingerprintOf } from '../src/fingerprint.ts'
import { begunAgain, checkpointOf, isUnderWay, readRound, type Round } from './checkpoint.ts'
import { Client, type Verdict } from './client.ts'
import { conditionHeaders, isSameBody, validatorOf } from './conditional.ts'
import { isReadable, type Row } from './decoder/row.ts'
import { type DriftNotes, driftNotes } from './drift.ts'
import { type Increment, sentValue, writtenTime } from './incremental.ts'
import type { CursorValue } from './order.ts'
import type { Parameter } from './pagination/paging.ts'
import { type Position, textOf } from './pagination/position.ts'
import { Repetition, Trail } from './pagination/trail.ts'
import { type Found, type Partition, type Partitions, single } from './partitions/partition.ts'
import { requested } from './partitions/requested.ts'
import { windows } from './partitions/window.ts'
import { type Plan, planOf } from './plan.ts'
import type { Asked } from './request.ts'
import { advanced, completed, type CursorScope, scopeOf, sinceOf } from './round.ts'
import type { HttpConfig } from './schema.ts'

export const pages = (context: AdapterContext<HttpConfig>): AsyncGenerator<Page | LargePage> => new Walk(context).pages()

/** What came of one request. */
interface Step {
  readonly found: Found
  readonly verdict: Verdict
  readonly since: CursorValue | undefined
  readonly largest: CursorValue | undefined
  /** The next page of the partition. */
  readonly next: Position | undefined
  readonly looped: boolean
}

/** One run over the pages of a source: through the partitions, and through the pages of each. */
class Walk {
  readonly #context: AdapterContext<HttpConfig>
  readonly #plan: Plan
  readonly #client: Client
  readonly #scope: CursorScope
  #round: Round
  #partitions: Partitions
  #trail = new Trail()
  #repetition = new Repetition()
  readonly #noteDrift: DriftNotes | undefined
  #saidTooFar = false

  constructor(context: AdapterContext<HttpConfig>) {
    this.#context = context
    this.#plan = planOf(context.config)
    this.#scope = scopeOf(context.config)
    this.#round = readRound(context.config, context.cursor)
    this.#client = new Client(context, this.#plan)
    this.#partitions = this.#begin()
    const { schema } = context.config
    this.#noteDrift = schema && driftNotes(schema, context.log)
  }

  async *pages(): AsyncGenerator<Page | LargePage> {
    const { signal, log } = this.#context
    const { maxPages } = this.#plan.list
    // Whether another run began this round. Only its first request can be one that the source does not know any more.
    let resumed = isUnderWay(this.#round)
    let resuming = resumed
    for (let pages = 0; ;) {
      signal.throwIfAborted()
      const step = await this.#step(resuming)
      if (step === 'gone' || step === 'lost') {
        this.#goBack(step)
        resuming = false
        continue
      }
      resuming = false
      if (step === 'limit') break
      this.#round = step === 'end' ? completed(this.#scope, this.#round, this.#plan.increment) : this.#after(step)
      const complete = !isUnderWay(this.#round)
      const page = step === 'end' ? undefined : this.#pageOf(step)
      if (page !== undefined) {
        pages += 1
        const looped = step !== 'end' && step.looped
        try {
          yield !looped && (complete || pages >= maxPages) ? { ...page, last: true } : page
        } finally {
          // Whoever took a large page may have left it unread.
          if (step !== 'end' && step.verdict.kind === 'large') step.verdict.close()
        }
        if (complete) return
        if (looped) throw this.#loop(page.request.url)
        if (pages >= maxPages) break
      } else if (complete) {
        if (!resumed) return
        // No page says that the round is complete, so the next run would come to its end again, and never ask for what lies before it.
        resumed = false
        this.#partitions = this.#begin()
      }
    }
    log.info({ maxPages }, 'the run has reached its largest number of pages; the next run goes on from here')
  }

  /** Begins the round where it has not begun before. */
  #begin(): Partitions {
    const { config, parents, increment, listed } = this.#plan
    const { partitions, incremental } = config
    this.#trail = new Trail()
    this.#repetition = new Repetition()
    if (this.#round.until === undefined && (partitions?.type === 'window' || incremental?.until !== undefined)) {
      this.#round = { ...this.#round, until: this.#context.clock.now() }
    }
    const { until = 0, since } = this.#round
    if (partitions?.type === 'window') return windows(partitions, { until, from: increment?.from(since), incremental })
    if (partitions?.type === 'request' && parents !== undefined) return requested(partitions, parents, this.#client)
    return listed ?? single
  }

  /**
   * A position may be old when it is taken up again: links expire, lists grow shorter. Where the source does not know it any more, the pages
   * begin again, which repeats what was there and loses nothing; to insist on it would end the stream for good.
   */
  #goBack(what: 'gone' | 'lost'): void {
    this.#context.log.warn({}, 'the source does not know the position of the checkpoint any more; its pages begin again')
    const inPartition = what === 'gone' && this.#round.place !== undefined
    this.#round = inPartition ? { ...this.#round, at: undefined } : begunAgain(this.#round)
    this.#partitions = this.#begin()
  }

  /** `gone`: the source does not know the page any more; `lost`: nor the partition. */
  async #step(resuming: boolean): Promise<Step | 'end' | 'limit' | 'gone' | 'lost'> {
    const { place, at } = this.#round
    let found: Found | undefined
    try {
      const finding = this.#partitions.find(place)
      const partition = finding instanceof Promise ? await finding : finding
      if (partition === undefined) return 'end'
      if (partition === 'limit') return 'limit'
      if (partition === 'lost') {
        if (resuming) return 'lost'
        throw new WeaverError('source_malformed', 'The partitions have changed while they were fetched.')
      }
      found = partition
      const step = await this.#ask(found)
      // An answer that is passed over is the end of a list. Where a token or a link led to it, it is rather one that has expired.
      const expired = (at?.type === 'cursor' || at?.type === 'next') && step.verdict.kind === 'nothing'
      return resuming && expired ? 'gone' : step
    } catch (error) {
      const gone = error instanceof WeaverError && ['source_not_found', 'source_rejected'].includes(error.code)
      if (resuming && gone && found === undefined && place?.parent !== undefined) return 'lost'
      if (resuming && gone && found !== undefined && at !== undefined) return 'gone'
      throw error
    }
  }

  async #ask(found: Found): Promise<Step> {
    const { list, increment, config } = this.#plan
    const { at, largest } = this.#round
    const since = sinceOf(this.#scope, this.#round, found.partition)
    const asked = this.#asked(found.partition, since)
    const { conditional } = config.request
    const verdict =
      conditional === undefined
        ? await this.#client.ask(list, asked, {}, this.#plan.large)
        : await this.#askChanged(found.partition, asked, conditional)
    const nothing: Step = { found, verdict, since, largest, next: undefined, looped: false }
    if (verdict.kind !== 'page') return nothing
    let seen = largest
    const { rows, next } = this.#client.read(list, at, verdict.response, (all) => {
      seen = increment === undefined ? undefined : this.#largest(increment, readable(all))
    })
    this.#noteDrift?.(this.#plan.declared(rows))
    const known = next !== undefined && increment?.reaches(readable(rows), since) === true
    const looped = next !== undefined && !known && this.#isCircle(rows, next, asked, found.partition)
    return { ...nothing, largest: seen, next: known ? undefined : next, looped }
  }

  #largest(increment: Increment, records: readonly Json[]): CursorValue | undefined {
    const { clock, log } = this.#context
    const { value, tooFar } = increment.largest(records, this.#round.largest, clock.now())
    if (tooFar !== undefined && !this.#saidTooFar) {
      this.#saidTooFar = true
      const { path } = increment.config
      log.warn(
        { path, value: this.#client.reading.redact(String(tooFar)) },
        'a cursor value lies too far ahead and does not move the checkpoint',
      )
    }
    return value
  }

  /** What is asked for at this point of the round. */
  #asked({ values }: Partition, since: CursorValue | undefined): Asked {
    const { list, increment } = this.#plan
    const { at, until } = this.#round
    const paged = list.paging?.parameters(at) ?? []
    if (increment === undefined) return { at, parameters: paged, scope: { cursor: undefined, partition: values } }
    const { config } = increment
    const from = increment.from(since)
    const cursor = from === undefined ? undefined : sentValue(from, config)
    const parameters: Parameter[] = [...paged]
    if (config.parameter !== undefined && cursor !== undefined) {
      parameters.push({ name: config.parameter, value: cursor, into: config.into ?? 'query' })
    }
    if (config.until !== undefined && until !== undefined) {
      const format = config.format ?? (config.order === 'epochSeconds' || config.order === 'epochMillis' ? config.order : 'iso')
      parameters.push({ name: config.until, value: writtenTime(until, format), into: 'query' })
    }
    return { at, parameters, scope: { cursor, partition: values } }
  }

  /** Asks whether an answer is another one than last time, and keeps what the next run will ask by. */
  async #askChanged({ key }: Partition, asked: Asked, conditions: NonNullable<HttpConfig['request']['conditional']>): Promise<Verdict> {
    const { list } = this.#plan
    const of = fingerprintOf({ url: list.request.address(asked).href, body: list.request.body(asked)?.text })
    const known = this.#round.validators[key]
    const verdict = await this.#client.ask(list, asked, conditionHeaders(conditions, known, of), this.#plan.large)
    if (verdict.kind !== 'page' && verdict.kind !== 'large') return verdict
    const found = validatorOf(conditions, verdict.response, of)
    if (isSameBody(known, found)) return { kind: 'unchanged' }
    const { keys } = this.#plan
    const others = Object.entries(this.#round.validators).filter(([other]) => keys.has(other))
    this.#round = { ...this.#round, validators: { ...Object.fromEntries(others), [key]: found } }
    return verdict
  }

  #isCircle(rows: readonly Row[], next: Position, asked: Asked, { values }: Partition): boolean {
    const keys = rows.map((row) => {
      const record = this.#plan.read(row, values)
      // What a filter leaves out has no key, and is known again by all that it is.
      if (record === undefined) return row
      return 'key' in record ? record.key : null
    })
    const first = () => this.#plan.list.request.address(asked).href
    return this.#repetition.isCircle(keys) || this.#trail.leadsBack(this.#round.at, next, first)
  }

  #after({ found, since, largest, next }: Step): Round {
    if (next === undefined) {
      this.#trail = new Trail()
      this.#repetition = new Repetition()
    }
    return advanced(this.#scope, this.#round, this.#plan.increment, { found, since, largest, next })
  }

  #pageOf({ verdict, found: { partition }, looped }: Step): Page | LargePage | undefined {
    if (verdict.kind === 'unchanged' || verdict.kind === 'nothing') return undefined
    const { body, facts } = verdict.response
    // The page that leads back has no checkpoint: one would take the next run into the circle.
    const cursor = looped ? undefined : this.#storable()
    const { redact } = this.#client.reading
    const values = Object.entries(partition.values).map(
      ([name, value]) => [name, typeof value === 'string' ? redact(value) : value] as const,
    )
    const request = values.length === 0 ? facts.request : { ...facts.request, partition: Object.fromEntries(values) }
    const content = verdict.kind === 'large' ? { pieces: verdict.pieces } : { body }
    return { ...content, request, response: facts.response, ...(cursor === undefined ? {} : { cursor }) }
  }

  /** The checkpoint for a page; none where there is nothing to go on from, or where a position has a secret in it that must not be stored. */
  #storable(): Json | undefined {
    const { config } = this.#plan
    const { pagination, incremental, partitions, request } = config
    if ([pagination, incremental, partitions, request.conditional].every((part) => part === undefined)) return undefined
    const { at, place } = this.#round
    const { redact } = this.#client.reading
    const texts = [at, place?.parent].flatMap((position) => (position && textOf(position)) ?? [])
    return texts.some((text) => redact(text) !== text) ? undefined : checkpointOf(config, this.#round)
  }

  #loop(url: string): WeaverError {
    const place = this.#client.reading.redact(url.replace(/[?#].*$/s, ''))
    return new WeaverError('source_loop', `The pages of ${place} lead in a circle: the same link or the same records came again.`)
  }
}

const readable = (rows: readonly Row[]): readonly Json[] => (rows.every(isReadable) ? rows : rows.filter(isReadable))
