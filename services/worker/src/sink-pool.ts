import { createHash } from 'node:crypto'
import type { Clock, Log, Sink, SinkEntry, SinkEnvironment } from '@data-weaver/contracts'
import type { Ledger, SinkReport } from '@data-weaver/ledger'
import { sinkKind } from '@data-weaver/sinks'

export interface SinkPoolParts {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly log: Log
  readonly workerId: string
  readonly environment: SinkEnvironment
}

/** How often supervisors are told how sinks do, milliseconds. */
const reportEveryMs = 5000

interface Opened {
  readonly entry: SinkEntry
  readonly sink: Promise<Sink>
  /** There once it is open. */
  running?: Sink
}

/** Sinks are opened when first used and shared by all streams with the same entry. */
export class SinkPool {
  readonly #parts: SinkPoolParts
  readonly #opened = new Map<string, Opened>()
  readonly #closing = new AbortController()
  #reporting: Promise<void> | undefined

  constructor(parts: SinkPoolParts) {
    this.#parts = parts
  }

  async open(entry: SinkEntry): Promise<Sink> {
    const key = JSON.stringify(entry)
    const known = this.#opened.get(key)
    if (known !== undefined) return await known.sink
    const { type, ...options } = entry
    const sink = sinkKind(type).open({ ...this.#parts.environment, notedInLedger: true }, options as never)
    const opened: Opened = { entry, sink }
    this.#opened.set(key, opened)
    sink.then(
      (running) => (opened.running = running),
      () => this.#opened.delete(key),
    )
    this.#reporting ??= this.#report()
    return await sink
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#reporting
    await Promise.allSettled([...this.#opened.values()].map(async ({ sink }) => await (await sink).close()))
  }

  /** Says how sinks do, until the pool is closed; one that has nothing new to say is silent. */
  async #report(): Promise<void> {
    const { ledger, clock, log } = this.#parts
    const said = new Map<string, string>()
    while (!this.#closing.signal.aborted) {
      await clock.sleep(reportEveryMs, this.#closing.signal).catch(() => {})
      for (const report of this.#reports()) {
        const text = JSON.stringify(report.statistics)
        if (said.get(report.entry) === text) continue
        said.set(report.entry, text)
        await ledger.announceSink(report).catch((error: unknown) => log.debug({ err: error }, 'the state of a sink was not announced'))
      }
    }
  }

  #reports(): readonly SinkReport[] {
    return [...this.#opened].flatMap(([key, { entry, running }]) => {
      const statistics = running?.statistics?.()
      if (statistics === undefined) return []
      const options: Readonly<Record<string, unknown>> = entry
      const target = [options['namespace'], options['documentType']].filter((part) => typeof part === 'string').join('/')
      const name = createHash('sha256').update(key).digest('hex').slice(0, 12)
      return [{ worker: this.#parts.workerId, sink: entry.type, target, entry: name, statistics }]
    })
  }
}
