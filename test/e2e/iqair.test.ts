import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '@data-weaver/testkit'
import { request } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { documentsOf, type Fleet, runEnds, startFleet } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

const secret = 'k3y-that-must-not-be-seen'
const answer = {
  status: 'success',
  data: {
    city: 'Madrid',
    state: 'Madrid',
    country: 'Spain',
    location: { type: 'Point', coordinates: [-3.7, 40.4] },
    current: {
      pollution: { ts: '2026-11-21T01:00:00.000Z', aqius: 42, mainus: 'p2', aqicn: 17, maincn: 'p2' },
      weather: { ts: '2026-11-21T01:00:00.000Z', tp: 9, pr: 1021, hu: 71, ws: 2.1, wd: 40, ic: '04n' },
    },
  },
}

let fleet: Fleet
let source: Source

beforeAll(async () => {
  source = await startSource((_request, response, url) => {
    if (url.searchParams.get('key') === secret) json(response, answer)
    else json(response, { status: 'fail', data: { message: 'incorrect_api_key' } }, 401)
  })
  fleet = await startFleet()
})

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await source?.[Symbol.asyncDispose]()
})

const start = (name: string, key: string) => ({
  adapter: name,
  endpoint: `${source.url}/v2/nearest_city`,
  secret_key: key,
  interval: 300_000,
  timeout: 180_000,
  bucket_name: 'results',
})

/** Reads events of the live stream until one matches. */
async function firstEvent(
  path: string,
  matches: (data: Record<string, unknown>) => boolean,
): Promise<{ event: string; data: Record<string, unknown> }> {
  const response = await request(new URL(path, fleet.address), { headers: { authorization: 'Bearer test-admin-token-0123456789' } })
  let text = ''
  for await (const chunk of response.body) {
    text += String(chunk)
    for (const block of text.split('\n\n').slice(0, -1)) {
      const event = /^event: ?(.*)$/m.exec(block)?.[1]
      const data = /^data: ?(.*)$/m.exec(block)?.[1]
      if (event === undefined || data === undefined) continue
      const parsed = JSON.parse(data) as Record<string, unknown>
      if (matches(parsed)) {
        response.body.destroy()
        return { event, data: parsed }
      }
    }
  }
  throw new Error(`the event stream ended: ${text}`)
}

test('the start message makes a stream, fetches, stores byte for byte, and tells', async () => {
  const event = firstEvent('/v1/events', ({ adapter }) => adapter === 'IQAIR_DAILY')
  const begun = Math.floor(Date.now() / 1000)
  expect(await fleet.api.call('POST', '/v1/workers/start', start('IQAIR_DAILY', secret))).toMatchObject({
    status: 200,
    body: { success: true, message: 'Started fetching from adapter IQAIR_DAILY.' },
  })
  const { event: name, data } = await event
  expect(name).toBe('data-streams:results')
  expect(Object.keys(data).sort()).toEqual(['adapter', 'payload', 'timestamp'])
  const payload = data.payload as { id: string; filename: string }
  expect(Object.keys(payload).sort()).toEqual(['filename', 'id'])
  expect(payload.filename).toMatch(/^results\/[0-9a-f-]{36}\/[0-9a-f-]{36}\.json$/)
  expect(payload.filename.endsWith(`/${payload.id}.json`)).toBe(true)
  expect(data.timestamp).toMatch(/^\d{10}$/)
  expect(Number(data.timestamp)).toBeGreaterThanOrEqual(begun)

  const stored = await readFile(join(fleet.objects, payload.filename))
  expect(stored.equals(Buffer.from(JSON.stringify(answer)))).toBe(true)
  expect((await fleet.api.bytes(`/v1/results/${payload.id}/body`)).equals(stored)).toBe(true)

  const [document] = await eventually(
    async () => {
      const found = await documentsOf(fleet.api, 'IQAIR_DAILY')
      return found.length > 0 ? found : undefined
    },
    { what: 'the document' },
  )
  expect(document).toMatchObject({
    fields: { city: 'Madrid', current: { pollution: { aqius: 42 } } },
    lineage: { resultId: payload.id, record: 0 },
  })
  expect(await runEnds(fleet.api, 'IQAIR_DAILY', ['succeeded'])).toMatchObject({ documents: 1 })
})

test('the same start again changes nothing; a stop is idempotent', async () => {
  const before = await fleet.api.get<{ version: number; id: string }>('/v1/streams/IQAIR_DAILY')
  await fleet.api.post('/v1/workers/start', start('IQAIR_DAILY', secret))
  expect(await fleet.api.get('/v1/streams/IQAIR_DAILY')).toMatchObject({
    id: before.id,
    version: before.version,
    desired: 'started',
    timeout: 180_000,
  })
  for (let repeat = 0; repeat < 2; repeat += 1) {
    expect(await fleet.api.call('POST', '/v1/workers/stop', { adapter: 'IQAIR_DAILY' })).toMatchObject({
      status: 200,
      body: { success: true, message: 'Stopped fetching from adapter IQAIR_DAILY.' },
    })
  }
  expect(await fleet.api.get('/v1/streams/IQAIR_DAILY')).toMatchObject({ desired: 'stopped' })
})

test('a wrong key leaves a failed run that says so', async () => {
  await fleet.api.post('/v1/workers/start', start('IQAIR_WRONG', 'another-key-not-to-be-seen'))
  const run = await runEnds(fleet.api, 'IQAIR_WRONG', ['failed'])
  expect(run.error?.code).toBe('auth_failed')
  expect(run.error?.message).toContain('incorrect_api_key')
  expect(run.attempt).toBe(1)
})

test('no secret is anywhere but in the request', async () => {
  const streams = await fleet.api.call('GET', '/v1/streams')
  const runs = await fleet.api.call('GET', '/v1/streams/IQAIR_DAILY/runs')
  const results = await fleet.api.call('GET', '/v1/streams/IQAIR_DAILY/results')
  const board = await fleet.api.call('GET', '/queues/api/queues')
  const files = (await readdir(fleet.objects, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const stored = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')))
  expect(stored.length).toBeGreaterThan(0)
  expect(results.text).toContain('key=')
  for (const text of [streams.text, runs.text, results.text, board.text, fleet.output(), ...stored]) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain('another-key-not-to-be-seen')
  }
  expect(source.requests.some(({ url }) => url.searchParams.get('key') === secret)).toBe(true)
})
