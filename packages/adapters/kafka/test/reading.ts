import { type AdapterContext, type Json, type Page, silentLog, systemClock } from '@data-weaver/contracts'
import type { Egress } from '@data-weaver/egress'
import { eventually } from '@data-weaver/testkit'
import { expect } from 'vitest'
import { kafka as adapter } from '../index.ts'
import type { KafkaConfig } from '../schema.ts'
import { heldPage } from '../../src/held-page.ts'

/** A run of the adapter, as a worker has it. */
export interface Reading {
  readonly pages: Page[]
  /** The `n` of all records so far, in order. */
  numbers(): number[]
  drain(): Promise<void>
  abort(reason: Error): void
  readonly ended: Promise<unknown>
  /** As the ledger keeps it. */
  cursor(): Json
}

export interface ReadingOptions {
  readonly way: Egress
  readonly cursor?: Json
  readonly password?: string
  readonly secrets?: Readonly<Record<string, string>>
}

/** Begins to read: at this broker where the configuration names none. */
export function startReading(
  broker: string,
  config: Partial<KafkaConfig> & { topics: string[] },
  { way, cursor = null, password = '', secrets = {} }: ReadingOptions,
): Reading {
  const given: Readonly<Record<string, string>> = { ...secrets, ...(password === '' ? {} : { password }) }
  const stop = new AbortController()
  const drain = new AbortController()
  const whole = { brokers: [broker], segment: { ms: 100 }, reconnect: { minMs: 50, maxMs: 200 }, ...config } as KafkaConfig
  const context: AdapterContext<KafkaConfig> = {
    config: whole,
    cursor,
    http: way.http({ signal: stop.signal, secrets: Object.values(given), log: silentLog }),
    clock: systemClock,
    secret: (name) => given[name] as string,
    hasSecret: (name) => given[name] !== undefined,
    log: silentLog,
    signal: stop.signal,
    drain: drain.signal,
  }
  const pages: Page[] = []
  const run = async (): Promise<unknown> => {
    try {
      for await (const page of adapter.pages(context)) pages.push(await heldPage(page))
      return undefined
    } catch (error) {
      return error
    }
  }
  const ended = run()
  return {
    pages,
    numbers: () =>
      pages.flatMap((page) => [...adapter.records(page, whole)].map((record) => Number(('fields' in record ? record.fields : {})['n']))),
    async drain() {
      drain.abort()
      expect(await ended).toBeUndefined()
    },
    abort: (reason) => stop.abort(reason),
    ended,
    cursor: () => JSON.parse(JSON.stringify(pages.at(-1)?.cursor ?? null)) as Json,
  }
}

/** Waits until so many records were read. */
export const readSoMany = (reading: Reading, count: number) =>
  eventually(() => reading.numbers().length >= count, { what: `${count} messages`, timeoutMs: 30_000 })
