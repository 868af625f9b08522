import { execFile } from 'node:child_process'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually, requireMinio, requirePostgresTools, startMinio, startSystemPostgres, temporaryFolder } from '@data-weaver/testkit'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import type { Api } from '../e2e/api.ts'
import { documentsOf, startFleet } from '../e2e/fleet.ts'
import { json, type Source, startSource } from '../e2e/source.ts'

const minio = await requireMinio()
const tools = await requirePostgresTools()

/** A source with one more item each time it is asked; it shows the last hundred. */
async function startGrowing(): Promise<{ readonly source: Source; readonly served: () => number }> {
  let served = 0
  const source = await startSource((_request, response) => {
    served += 1
    const items = Array.from({ length: Math.min(served, 100) }, (_, index) => ({ id: `item-${served - index}`, n: served - index }))
    json(response, { items })
  })
  return { source, served: () => served }
}

const streamOf = ({ url }: Source, every: number) => ({
  name: 'growing',
  adapter: 'http',
  config: { request: { url }, records: { path: 'items' }, primaryKey: ['id'] },
  schedule: { every },
})

const numbers = async (api: Api) => (await documentsOf(api, 'growing')).map(({ fields }) => Number(fields['n'])).toSorted((a, b) => a - b)
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

interface OperationView {
  readonly id: string
  readonly state: string
}

async function operation(api: Api, path: string, body: unknown): Promise<void> {
  const { id } = await api.post<OperationView>(path, body)
  await eventually(async () => (await api.get<OperationView>(`/v1/operations/${id}`)).state === 'completed', {
    what: `${path} to be completed`,
    timeoutMs: 60_000,
  })
}

const openLetters = async (api: Api) =>
  (await api.get<{ items: readonly { error: { code: string } }[] }>('/v1/dead-letters?limit=500')).items

describe.skipIf(minio === undefined)('a store that was lost', () => {
  it(
    'comes back from a backup: what it has is delivered again, nothing is doubled, what it lacks is told',
    { timeout: 300_000 },
    async () => {
      await using stack = new AsyncDisposableStack()
      const folder = stack.use(await temporaryFolder('lost-store'))
      const [data, backup] = [folder.join('data'), folder.join('backup')]
      const store = stack.use(await startMinio(minio as string, data))
      const { source } = await startGrowing()
      stack.use(source)
      const fleet = stack.use(await startFleet({ env: { WEAVER_STORE_URL: store.url } }))
      const { api } = fleet
      await api.post('/v1/streams', streamOf(source, 300))
      const more = async () => {
        const before = (await numbers(api)).length
        await api.post('/v1/streams/growing/start')
        await eventually(async () => (await numbers(api)).length >= before + 3, { what: 'more documents', timeoutMs: 30_000 })
        await api.post('/v1/streams/growing/stop')
      }
      const whileAway = async (change: () => Promise<void>) => {
        await store.kill()
        await change()
        await store.start()
      }
      const resultsOf = async () => (await api.get<{ items: readonly { id: string }[] }>('/v1/streams/growing/results?limit=500')).items
      await more()
      const saved = await resultsOf()
      await whileAway(() => cp(data, backup, { recursive: true }))
      await more()
      const [all, documents] = [await resultsOf(), await documentsOf(api, 'growing')]

      // Everything is gone: the documents are not.
      await whileAway(() => rm(data, { recursive: true }))
      await operation(api, '/v1/streams/growing/reparse', {})
      const letters = await openLetters(api)
      expect(new Set(letters.map(({ error }) => error.code))).toEqual(new Set(['object_missing']))
      expect(letters).toHaveLength(all.length)
      expect(await documentsOf(api, 'growing')).toEqual(documents)

      // The backup is back, older than the ledger: what it has is delivered again and changes nothing.
      await whileAway(async () => {
        await rm(data, { recursive: true })
        await cp(backup, data, { recursive: true })
      })
      await operation(api, '/v1/dead-letters/redrive', { filter: { stream: 'growing', code: 'object_missing' } })
      expect(await openLetters(api)).toHaveLength(all.length - saved.length)
      expect(await documentsOf(api, 'growing')).toEqual(documents)
    },
  )
})

describe.skipIf(tools === undefined)('a ledger from a backup', () => {
  it(
    'is dumped under load and restored on another server: nothing is lost, and what follows it sees what is new',
    { timeout: 300_000 },
    async () => {
      await using stack = new AsyncDisposableStack()
      const folder = stack.use(await temporaryFolder('dump'))
      const { source, served } = await startGrowing()
      stack.use(source)
      const env = { WEAVER_STORE_URL: `file://${folder.join('objects')}` }
      const dump = folder.join('ledger.dump')
      let lost = 0
      {
        await using first = new AsyncDisposableStack()
        const postgres = first.use(await startSystemPostgres(tools as string))
        // Its transactions are far ahead of those of a new server.
        await promisify(execFile)('sh', [
          '-c',
          `yes 'select pg_current_xact_id();' | head -n 3000 | "${join(tools as string, 'psql')}" -qAto /dev/null "$1"`,
          'sh',
          postgres.url,
        ])
        const fleet = first.use(await startFleet({ env: { ...env, WEAVER_LEDGER_URL: postgres.url } }))
        await fleet.api.post('/v1/streams', streamOf(source, 200))
        await fleet.api.post('/v1/streams/growing/start')
        const reach = (count: number) =>
          eventually(async () => (await numbers(fleet.api)).length >= count, { what: `${count} documents`, timeoutMs: 30_000 })
        await reach(5)
        await promisify(execFile)(join(tools as string, 'pg_dump'), ['--format=custom', '--file', dump, postgres.url])
        await reach((await numbers(fleet.api)).length + 5)
        lost = (await numbers(fleet.api)).length
      }
      const postgres = stack.use(await startSystemPostgres(tools as string))
      await promisify(execFile)(join(tools as string, 'pg_restore'), ['--clean', '--if-exists', '-d', postgres.url, dump])
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      stack.defer(() => client.end())
      await client.query('alter table weaver.results alter column seq restart with 1000000000')
      const count = async (table: string) => Number((await client.query<{ n: string }>(`select count(*) as n from ${table}`)).rows[0]?.n)
      const restored = await count('weaver.results')
      expect(restored).toBeGreaterThan(0)
      expect(restored).toBeLessThan(lost)

      const fleet = stack.use(await startFleet({ env: { ...env, WEAVER_LEDGER_URL: postgres.url } }))
      await eventually(async () => (await numbers(fleet.api)).length > lost, {
        what: 'the documents since the backup, and new ones',
        timeoutMs: 60_000,
      })
      await fleet.api.post('/v1/streams/growing/stop')
      const found = await numbers(fleet.api)
      expect(found).toEqual(upTo(found.length))
      expect(found.length).toBeLessThanOrEqual(served())
      // Those who follow the log and the documents are not held up by numbers of transactions that are yet to come.
      const beyond = (table: string, column: string) => count(`${table} where ${column} >= pg_snapshot_xmax(pg_current_snapshot())`)
      expect(await beyond('weaver.results', 'txid')).toBe(0)
      expect(await beyond('weaver_documents.documents', 'changed_in')).toBe(0)
      expect(await count(`weaver.results where txid = '0'`)).toBe(restored)
    },
  )
})
