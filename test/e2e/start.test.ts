import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { eventually, freePort, type Spawned, spawnNode, type TemporaryFolder, temporaryFolder } from '@data-weaver/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, apiAt } from './api.ts'
import { type DocumentView, documentsOf, runsOf } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

/** The first command of the README, as a newcomer runs it, and what it promises. The tests build on each other. */
const launcher = fileURLToPath(new URL('../../services/standalone/src/main.ts', import.meta.url))

let folder: TemporaryFolder
let source: Source
let port: number
let running: Spawned
let api: Api
/** What the test's own source has: one event, whose magnitude can change. */
const event = { id: 'ci1', magnitude: 4.2, place: 'somewhere quiet' }

beforeAll(async () => {
  folder = await temporaryFolder('start')
  source = await startSource((_request, response) => json(response, { events: [event] }))
  port = await freePort()
  await start()
})

afterAll(async () => {
  await running?.end('SIGTERM')
  await source?.[Symbol.asyncDispose]()
  await folder?.remove()
})

async function start(): Promise<void> {
  running = spawnNode(launcher, {
    cwd: folder.path,
    env: { WEAVER_PORT: String(port), WEAVER_EGRESS_ALLOW: new URL(source.url).host },
    ownGroup: true,
  })
  await running.line(/Admin token/, 60_000)
  api = apiAt(`http://127.0.0.1:${port}`, (await readFile(folder.join('.weaver', 'admin.token'), 'utf8')).trim())
}

test('an earthquake can be searched, and followed through its lineage down to the raw bytes', async () => {
  await running.line(/First document searchable/, 60_000)
  const [found] = (await api.get<{ items: DocumentView[] }>('/v1/documents?q=alaska&stream=earthquakes&limit=1')).items
  expect(found?.id).toMatch(/^earthquakes:/)
  const { lineage, id } = await api.get<DocumentView>(`/v1/documents/${encodeURIComponent(found?.id ?? '')}`)
  const result = await api.get<{ sha256: string; size: number; runId: string; response: { status: number } }>(
    `/v1/results/${lineage.resultId}`,
  )
  const bytes = await api.bytes(`/v1/results/${lineage.resultId}/body`)
  expect(result).toMatchObject({ runId: lineage.runId, size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') })
  const page = JSON.parse(bytes.toString()) as { features: { id: string; properties: { place: string } }[] }
  expect(`earthquakes:${page.features[lineage.record]?.id}`).toBe(id)
  expect(await api.get(`/v1/runs/${lineage.runId}`)).toMatchObject({ stream: 'earthquakes', streamVersion: 1 })
})

test('an event that changes at the source changes its document once', async () => {
  await api.post('/v1/streams', {
    name: 'own',
    adapter: 'http',
    config: { request: { url: source.url }, records: { path: 'events' }, primaryKey: ['id'] },
    schedule: { every: 200 },
    transform: { fields: { magnitude: 'magnitude', place: 'place' } },
  })
  await api.post('/v1/streams/own/start')
  const read = async () => (await documentsOf(api, 'own')).at(0)
  await eventually(async () => (await read())?.fields['magnitude'] === 4.2, { what: 'the document' })
  event.magnitude = 4.4
  await eventually(async () => (await read())?.fields['magnitude'] === 4.4, { what: 'the changed document' })
  const before = (await runsOf(api, 'own')).length
  await eventually(async () => (await runsOf(api, 'own')).length >= before + 3, { what: 'three more runs' })
  expect(await documentsOf(api, 'own')).toMatchObject([
    { id: 'own:ci1', revision: 2, fields: { magnitude: 4.4, place: 'somewhere quiet' } },
  ])
})

test('after a stop was answered no request reaches the source', async () => {
  await api.post('/v1/streams/own/stop')
  const asked = source.requests.length
  const ticks = (await runsOf(api, 'earthquakes')).length
  // The other stream's ticks, ten times rarer, show that time has passed.
  await eventually(async () => (await runsOf(api, 'earthquakes')).length >= ticks + 2, { what: 'two ticks of the other stream' })
  expect(source.requests.length).toBe(asked)
})

test('Ctrl-C ends everything, and the next start goes on where this one was', async () => {
  const documents = (await documentsOf(api, 'earthquakes')).length
  process.kill(-running.pid, 'SIGINT')
  // It gives itself less than ten seconds, and answers with another status when it needs force.
  expect((await running.exited).code).toBe(0)
  await expect(api.get('/health/live')).rejects.toThrow(/ECONNREFUSED/)

  await start()
  expect((await documentsOf(api, 'earthquakes')).length).toBeGreaterThanOrEqual(documents)
  expect(await api.get('/v1/streams/own')).toMatchObject({ desired: 'stopped', version: 1 })
  const [newest] = await runsOf(api, 'earthquakes')
  await eventually(async () => (await runsOf(api, 'earthquakes'))[0]?.id !== newest?.id, { what: 'a tick after the second start' })
})
