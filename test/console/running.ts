import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BrowserContextOptions } from 'playwright-core'
import { type Fleet, startFleet } from '../e2e/fleet.ts'
import { type Source, startSource } from '../e2e/source.ts'
import { buildConsole, type ConsolePage, openConsole } from './browser.ts'

const token = 'test-admin-token-0123456789'

/** The whole system with a source, and a page of the console that is signed in. */
export interface RunningConsole extends AsyncDisposable {
  readonly source: Source
  readonly fleet: Fleet
  readonly shown: ConsolePage
  /** Makes a stream of the source that runs when it is triggered: by default its records are `items` and their key is `id`. */
  make(name: string, more?: object, address?: string): Promise<void>
}

export interface RunningOptions {
  readonly program: string | undefined
  /** What the source answers. */
  readonly answer: (request: IncomingMessage, response: ServerResponse, url: URL) => void
  readonly context?: BrowserContextOptions
}

export async function startConsole({ program = '', answer, context }: RunningOptions): Promise<RunningConsole> {
  await using stack = new AsyncDisposableStack()
  await buildConsole()
  const source = stack.use(await startSource(answer))
  const fleet = stack.use(await startFleet())
  const shown = stack.use(await openConsole({ program, address: fleet.address, token, ...(context === undefined ? {} : { context }) }))
  await shown.signIn()
  const opened = stack.move()
  return {
    source,
    fleet,
    shown,
    async make(name, more = {}, address = source.url) {
      await fleet.api.post('/v1/streams', {
        name,
        adapter: 'http',
        config: { request: { url: address }, records: { path: 'items' }, primaryKey: ['id'] },
        schedule: { manual: true },
        ...more,
      })
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
