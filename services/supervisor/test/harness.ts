import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { Writable } from 'node:stream'
import { type SearchableSink, systemClock } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { type Ledger, listen, migrate, openLedger } from '@data-weaver/ledger'
import { openObjectStore } from '@data-weaver/object-store'
import { migrateQueue, openQueue } from '@data-weaver/queue'
import { sinkKind } from '@data-weaver/sinks'
import { createDatabase, temporaryFolder } from '@data-weaver/testkit'
import { createVault, generateKey, parseKeyring } from '@data-weaver/vault'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import { buildApp, type SupervisorParts } from '../src/app.ts'
import { documentation } from './documented.ts'

export const adminToken = 'a-token-for-the-tests-of-the-api'
export const leaseMs = 1000

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The body as JSON. */
  readonly json: Body
}

/** What tests look into, of answers of all shapes; the rest of a body is compared as a whole. */
export interface Body {
  readonly [field: string]: unknown
  readonly id: string
  readonly name: string
  readonly version: number
  readonly timeout: number
  readonly transform: { readonly fields: Readonly<Record<string, { readonly constant: unknown }>> }
  readonly items: readonly (Body & { readonly title: string })[]
  readonly next: string | null
  readonly code: string
  readonly detail: string
  readonly instance: string
  readonly errors: readonly { readonly field: string; readonly problem: string; readonly hint?: string }[]
  readonly lineage: { readonly resultId: string; readonly record: number }
  readonly records: readonly { readonly fields: unknown }[]
  readonly documents: readonly unknown[]
  readonly problems: readonly { readonly record: number }[]
  readonly queues: readonly {
    readonly name: string
    readonly isPaused: boolean
    readonly jobs: readonly { readonly id: string; readonly data: object }[]
  }[]
  readonly job: { readonly data: object }
}

export interface Api extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly parts: SupervisorParts
  readonly ledger: Ledger
  readonly documents: SearchableSink
  /** Everything that was answered or logged, for the search for secrets. */
  readonly transcript: () => string
  /** Times that the reconciler was asked to look. */
  readonly reconciled: () => number
  /** With the admin token; `inject` of the app is without. Rejects when the answer is not as the API's description has it. */
  call(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Of the database, for tests that look behind the ledger. */
  readonly databaseUrl: string
  /** Name of the stream, made unique. */
  name(prefix: string): string
}

const database = { key: 'supervisor', prepare: prepareDatabase }

async function prepareDatabase(url: string): Promise<void> {
  await migrate(url)
  await migrateQueue(url)
}

/** The API on real parts: a database of its own, a folder as store, the queue in the same database. */
export async function startApi(change: (parts: SupervisorParts) => SupervisorParts = (parts) => parts): Promise<Api> {
  await using stack = new AsyncDisposableStack()
  const own = stack.use(await createDatabase(database))
  const folder = stack.use(await temporaryFolder('api'))
  const lines: string[] = []
  const log = pino({ level: 'debug' }, new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) }))
  const options = { clock: systemClock, log, name: 'weaver-test' }
  const ledger = openLedger(own.url, { ...options, connections: 4 })
  stack.defer(() => ledger.close())
  const queue = openQueue(own.url, options)
  stack.defer(() => queue.close())
  const listener = listen(own.url, options)
  stack.defer(() => listener.close())
  const store = await openObjectStore(pathToFileURL(folder.path).href, { ...options, random: () => 0.5 })
  stack.defer(() => store.close())
  const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  stack.defer(() => egress.close())
  const documents = (await sinkKind('postgres').open({ ledgerUrl: own.url }, {})) as SearchableSink
  stack.defer(() => documents.close())
  let reconciled = 0
  const parts = change({
    adminToken,
    version: '0.0.0-test',
    ledger,
    listener,
    queue,
    store,
    egress,
    vault: createVault(parseKeyring(generateKey())),
    documents,
    clock: systemClock,
    log,
    leaseMs,
    reconcile: () => void (reconciled += 1),
  })
  const app = await buildApp(parts)
  stack.defer(() => app.close())
  await app.ready()
  const mismatch = documentation(app)
  const opened = stack.move()
  return {
    app,
    parts,
    ledger,
    documents,
    databaseUrl: own.url,
    transcript: () => lines.join(''),
    reconciled: () => reconciled,
    name: (prefix) => `${prefix}-${randomBytes(4).toString('hex')}`,
    async call(method, url, body, headers = {}) {
      const options: InjectOptions = { method, url, headers: { authorization: `Bearer ${adminToken}`, ...headers } }
      const response: LightMyRequestResponse = await app.inject(body === undefined ? options : { ...options, payload: body as object })
      const answer = answerOf(response)
      const differs = mismatch(method, url, answer)
      if (differs !== undefined) throw new Error(`not as described: ${differs}`)
      lines.push(JSON.stringify(answer.headers), answer.text)
      return answer
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export const answerOf = (response: LightMyRequestResponse): Answer => ({
  status: response.statusCode,
  headers: response.headers as Record<string, string>,
  text: response.body,
  get json() {
    return JSON.parse(response.body) as Body
  },
})

export interface Source extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly { readonly url: string; readonly headers: IncomingMessage['headers'] }[]
}

/** A source on a port of its own. */
export async function startSource(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Source> {
  const requests: { url: string; headers: IncomingMessage['headers'] }[] = []
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers })
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A whole, small configuration of the `http` adapter. */
export const httpStream = (name: string, more: object = {}) => ({
  name,
  adapter: 'http',
  config: { request: { url: 'http://127.0.0.1:9/items' }, primaryKey: ['id'] },
  schedule: { every: 3_600_000 },
  ...more,
})
