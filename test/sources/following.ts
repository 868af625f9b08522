import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@data-weaver/contracts'
import { eventually, type SourceServer } from '@data-weaver/testkit'
import pg from 'pg'
import { expect } from 'vitest'
import { type DocumentView, documentsOf, type Fleet, runEnds, type RunView, runsOf } from '../e2e/fleet.ts'

export interface Following {
  readonly name: string
  readonly adapter: string
  readonly config: object
  readonly secrets?: Readonly<Record<string, string>>
  readonly schedule?: object
  readonly transform?: object
  readonly retry?: object
}

/** A stream of the examples, at another address and with other secrets. */
export async function example(file: string, config: object, secrets: Readonly<Record<string, string>>): Promise<Following> {
  const text = await readFile(new URL(`../../examples/${file}`, import.meta.url), 'utf8')
  const stream = JSON.parse(text) as Following & { readonly config: object }
  return { ...stream, config: { ...stream.config, ...config }, secrets }
}

export const create = async ({ api }: Fleet, { schedule = { manual: true }, ...stream }: Following): Promise<void> =>
  void (await api.post('/v1/streams', { ...stream, schedule }))

/** Creates a stream, starts it and, when nothing else makes it run, triggers a run. */
export async function follow(fleet: Fleet, stream: Following): Promise<void> {
  await create(fleet, stream)
  await fleet.api.post(`/v1/streams/${stream.name}/start`)
  if (stream.schedule === undefined) await fleet.api.post(`/v1/streams/${stream.name}/trigger`)
}

interface Checked {
  readonly response: { readonly status: number } | null
  readonly documents: readonly { readonly id: string; readonly fields: Record<string, unknown> }[]
  readonly problems: readonly unknown[]
}

/** What a check of the stream shows, which must have no problem. */
export async function checked({ api }: Fleet, name: string): Promise<Checked> {
  const answer = await api.post<Checked>(`/v1/streams/${name}/check`)
  expect(answer.problems).toEqual([])
  return answer
}

/** Waits for the documents of a stream, as many as there must be. */
export const documents = ({ api }: Fleet, stream: string, count: number): Promise<readonly DocumentView[]> =>
  eventually(
    async () => {
      const found = await documentsOf(api, stream)
      return found.length >= count ? found : undefined
    },
    { what: `${count} documents of ${stream}`, timeoutMs: 30_000 },
  )

/** Waits until the newest run of a stream is as it should be. */
export const newestRun = ({ api }: Fleet, stream: string, is: (run: RunView) => boolean, what: string): Promise<RunView> =>
  eventually(
    async () => {
      const [run] = await runsOf(api, stream)
      return run !== undefined && is(run) ? run : undefined
    },
    { what: `a run of ${stream} that ${what}`, timeoutMs: 30_000 },
  )

/** The ids of the documents that a search finds. */
export async function found({ api }: Fleet, q: string): Promise<readonly string[]> {
  const { items } = await api.get<{ items: readonly DocumentView[] }>(`/v1/documents?limit=100&q=${encodeURIComponent(q)}`)
  return items.map(({ id }) => id)
}

/** Follows the lineage of a document down to the bytes: result, stored object, hash. Answers the result and its bytes. */
export async function bytesBehind({ api, objects }: Fleet, { lineage }: DocumentView): Promise<{ result: Result; bytes: Buffer }> {
  const result = await api.get<Result>(`/v1/results/${lineage.resultId}`)
  expect(result).toMatchObject({ runId: lineage.runId, streamId: lineage.streamId })
  const bytes = await api.bytes(`/v1/results/${lineage.resultId}/body`)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(result.sha256)
  expect(bytes.byteLength).toBe(result.size)
  expect((await readFile(join(objects, result.key))).equals(bytes)).toBe(true)
  return { result, bytes }
}

/** A secret as it may be written: as it is, in a URL, in base64, in hexadecimal. */
const written = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
]

/** No secret is in a table of the database (the queue is there as well), in a stored object, or in what the processes printed. */
export async function expectNowhere({ databaseUrl, objects, output }: Fleet, secrets: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    expect(tables.length).toBeGreaterThan(10)
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`select t::text as text from ${name} t`)
      expectNone(rows.map(({ text }) => text).join('\n'), secrets, `the table ${name}`)
    }
  } finally {
    await client.end()
  }
  const files = (await readdir(objects, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  expect(files.length).toBeGreaterThan(0)
  for (const { parentPath, name } of files) expectNone(await readFile(join(parentPath, name), 'utf8'), secrets, `the object ${name}`)
  expectNone(output(), secrets, 'the log')
}

function expectNone(text: string, secrets: readonly string[], where: string): void {
  for (const secret of secrets) for (const form of written(secret)) expect(text.includes(form), `${secret} is in ${where}`).toBe(false)
}

export interface Followed {
  readonly server: SourceServer
  readonly stream: Following
  /** What the source sends, as JSON. */
  readonly sent: unknown
  /** The fields of the documents, by id. */
  readonly golden: Readonly<Record<string, object>>
  /** What somebody types, and what it finds. */
  readonly searches: Readonly<Record<string, readonly string[]>>
}

/** A stream is created, checked, started and runs; its documents are as they should be, can be found, and lead back to the bytes that were sent. */
export async function expectFollowed(fleet: Fleet, { server, stream, sent, golden, searches }: Followed): Promise<void> {
  await create(fleet, stream)
  const shown = await checked(fleet, stream.name)
  expect(shown.response?.status).toBe(200)
  expect(Object.fromEntries(shown.documents.map(({ id, fields }) => [id, fields]))).toEqual(golden)
  await fleet.api.post(`/v1/streams/${stream.name}/start`)
  if (stream.schedule === undefined) await fleet.api.post(`/v1/streams/${stream.name}/trigger`)
  expect(await runEnds(fleet.api, stream.name, ['succeeded', 'partial', 'failed'])).toMatchObject({ state: 'succeeded', attempt: 1 })
  const made = await documents(fleet, stream.name, Object.keys(golden).length)
  expect(Object.fromEntries(made.map(({ id, fields }) => [id, fields]))).toEqual(golden)
  for (const [q, ids] of Object.entries(searches)) expect(await found(fleet, q), q).toEqual(ids)
  const asked = server.requests.map(({ path }) => path.replace(/(?<=[?&]key=)[^&]+/, '[redacted]'))
  for (const document of made) {
    const { result, bytes } = await bytesBehind(fleet, document)
    expect(asked).toContain(decoded(result.request.url))
    expect(JSON.parse(bytes.toString())).toEqual(JSON.parse(JSON.stringify(sent)))
  }
  await fleet.api.post(`/v1/streams/${stream.name}/stop`)
}

/** Path and query of a URL as the facts have it. */
function decoded(url: string): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search.replaceAll('%5Bredacted%5D', '[redacted]')}`
}
