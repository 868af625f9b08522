import type { AdapterContext, Json, Page, Rec } from '@data-weaver/contracts'
import { systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { parseConfig } from '../../src/config.ts'
import { substreams } from '../index.ts'
import type { SubstreamsConfig } from '../schema.ts'
import { packageBytes } from './package.ts'
import { heldPage } from '../../src/held-page.ts'

export interface RunOptions {
  readonly cursor?: Json | null
  readonly secrets?: Readonly<Record<string, string>>
  readonly log?: unknown[]
  /** Pauses are shorter by this factor. */
  readonly hurry?: number
  /** The reason for which the run is aborted before it begins. */
  readonly aborted?: unknown
  /** Called with each checkpoint before the first page. */
  checkpoint?(cursor: Json): void
  /** Called with each page, as a worker commits it. */
  onPage?(page: Page, run: LiveRun): void | Promise<void>
}

/** A run that goes on until it ends by itself, or is drained or aborted. */
export interface LiveRun {
  readonly pages: Page[]
  /** Resolves with what the run ended with; undefined when it came to a good end. */
  readonly ended: Promise<unknown>
  drain(): void
  abort(reason?: unknown): void
}

export const inlinePackage = { from: 'inline', base64: Buffer.from(packageBytes()).toString('base64') } as const

/** A configuration for the endpoint of a test, with limits that make segments quick. */
export const configFor = (endpoint: string, more: object = {}): SubstreamsConfig => {
  const config = {
    endpoint,
    package: inlinePackage,
    module: 'map_transfers',
    records: 'transfers',
    primaryKey: ['account'],
    segment: { ms: 50 },
    reconnect: { minMs: 50 },
    ...more,
  }
  return parseConfig(substreams, config, [])
}

export function start(config: SubstreamsConfig, options: RunOptions = {}): LiveRun {
  const abort = new AbortController()
  if (options.aborted !== undefined) abort.abort(options.aborted)
  const drain = new AbortController()
  const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  const { secrets = {}, hurry = 1 } = options
  const write = (fields: object, message: string) => void options.log?.push([fields, message])
  const log = { debug: write, info: write, warn: write, error: write }
  const context: AdapterContext<SubstreamsConfig> = {
    config,
    cursor: JSON.parse(JSON.stringify(options.cursor ?? null)) as Json,
    http: egress.http({ signal: abort.signal, secrets: Object.values(secrets), log }),
    clock: hurry === 1 ? systemClock : { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / hurry, signal) },
    secret(name) {
      const value = secrets[name]
      if (value === undefined) throw new WeaverError('missing_secret', `no secret ${name}`)
      return value
    },
    hasSecret: (name) => secrets[name] !== undefined,
    checkpoint: async (at) => options.checkpoint?.(at),
    log,
    signal: abort.signal,
    drain: drain.signal,
  }
  const pages: Page[] = []
  const run: LiveRun = {
    pages,
    ended: follow(),
    drain: () => drain.abort(),
    abort: (reason = new WeaverError('interrupted', 'stopped by a test')) => abort.abort(reason),
  }
  async function follow(): Promise<unknown> {
    try {
      for await (const given of substreams.pages(context)) {
        const page = await heldPage(given)
        pages.push(page)
        await options.onPage?.(page, run)
      }
      return undefined
    } catch (error) {
      return error
    } finally {
      await egress.close()
    }
  }
  return run
}

export const recordsOf = (config: SubstreamsConfig, pages: readonly Page[]): Rec[] =>
  pages.flatMap((page) => [...substreams.records(page, config)]).filter((record) => 'key' in record)

/** The documents after these pages: the last record of each key, unless it deletes. */
export function documentsOf(config: SubstreamsConfig, pages: readonly Page[]): Map<string, Rec['fields']> {
  const documents = new Map<string, Rec['fields']>()
  for (const { key, fields, deleted } of recordsOf(config, pages)) {
    const id = JSON.stringify(key)
    if (deleted === true) documents.delete(id)
    else documents.set(id, fields)
  }
  return documents
}
