import { Readable } from 'node:stream'
import { request } from 'undici'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { documentsOf, type Fleet, runEnds, runsOf, startFleet } from './fleet.ts'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet()
})
afterAll(() => fleet?.[Symbol.asyncDispose]())

const token = 'test-admin-token-0123456789'

async function started(name: string, config: object = {}): Promise<void> {
  await fleet.api.post('/v1/streams', { name, adapter: 'push', config, schedule: { manual: true } })
  await fleet.api.post(`/v1/streams/${name}/start`)
}

async function push(name: string, body: string | Buffer, headers: Record<string, string> = {}, address = fleet.address) {
  const answer = await request(new URL(`/v1/ingest/${name}`, address), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: answer.statusCode, body: (await answer.body.json()) as { resultId: string; runId: string; seq: number; code?: string } }
}

const arrive = (name: string, count: number) =>
  eventually(
    async () => {
      const found = await documentsOf(fleet.api, name)
      return found.length >= count ? found : undefined
    },
    { what: `${count} documents of ${name}`, timeoutMs: 40_000 },
  )

test('what is pushed as JSON, as lines and as bytes becomes documents that know where they are from', async () => {
  await started('readings', { records: { path: 'items' }, primaryKey: ['id'], deletedWhen: { path: 'gone', equals: true } })
  await started('lines', { format: 'ndjson', primaryKey: ['id'] })
  await started('pictures', { format: 'binary' })
  const { status, body } = await push('readings', '{"items": [{"id": 1, "pm25": 12.5}, {"id": 2}, {"pm25": 3}]}')
  expect(status).toBe(202)
  await push('lines', '{"id":"a"}\n{"id":"b"}\nno json\n', { 'content-type': 'application/x-ndjson' })
  await push('pictures', Buffer.from([0, 255]), { 'content-type': 'image/png' })
  const readings = await arrive('readings', 2)
  expect(readings.map(({ id }) => id)).toEqual(['readings:1', 'readings:2'])
  expect(readings[0]).toMatchObject({
    fields: { id: 1, pm25: 12.5 },
    seq: body.seq,
    lineage: { resultId: body.resultId, runId: body.runId, record: 0 },
  })
  expect(await runEnds(fleet.api, 'readings', ['partial'])).toMatchObject({ id: body.runId, documents: 2, pages: 1 })
  expect((await arrive('lines', 2)).map(({ id }) => id)).toEqual(['lines:a', 'lines:b'])
  expect((await arrive('pictures', 1))[0]?.fields).toEqual({ base64: 'AP8=' })
  expect((await runEnds(fleet.api, 'pictures', ['succeeded'])).documents).toBe(1)
  await push('readings', '{"items": [{"id": 1, "gone": true}]}')
  await eventually(async () => (await documentsOf(fleet.api, 'readings')).length === 1, { what: 'the document to be gone' })
})

test('a run by hand is refused: there is nothing to fetch', async () => {
  await started('by-hand')
  expect(await fleet.api.call('POST', '/v1/streams/by-hand/trigger')).toMatchObject({ status: 422, body: { code: 'not_polled' } })
})

test('a body in pieces that grows too large is refused while it comes', async () => {
  await started('small', { maxBytes: 100_000 })
  const pieces = async function* () {
    for (;;) yield Buffer.alloc(16_384, 0x20)
  }
  const answer = await request(new URL('/v1/ingest/small', fleet.address), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: Readable.from(pieces()),
  }).catch((error: unknown) => error)
  // The connection is closed behind the answer: some clients see that first.
  if (!(answer instanceof Error)) expect((answer as { statusCode: number }).statusCode).toBe(413)
  expect((await push('small', '{}')).status).toBe(202)
})

test('kill -9 of the supervisor right after 202 loses nothing', async () => {
  await started('safe', { primaryKey: ['id'] })
  const accepted: number[] = []
  const enough = Promise.withResolvers<void>()
  const senders = Array.from({ length: 8 }, async (_, sender) => {
    for (let n = sender; ; n += 8) {
      const { status } = await push('safe', `{"id": ${n}}`)
      if (status === 202) accepted.push(n)
      if (accepted.length === 100) {
        enough.resolve()
        return
      }
    }
  })
  const cutOff = Promise.allSettled(senders)
  await enough.promise
  await fleet.supervisor.end('SIGKILL')
  await cutOff
  await fleet.startSupervisor()
  const ids = new Set((await arrive('safe', accepted.length)).map(({ id }) => id))
  expect(accepted.filter((n) => !ids.has(`safe:${n}`))).toEqual([])
  await eventually(async () => (await runsOf(fleet.api, 'safe')).every(({ state }) => state === 'succeeded'), {
    what: 'all runs to succeed',
    timeoutMs: 40_000,
  })
})

test('two supervisors take the same key at the same time for one', async () => {
  await started('twice', { primaryKey: ['id'] })
  const first = fleet.address
  const second = await fleet.startAnotherSupervisor()
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      push('twice', `{"id": ${index % 10}}`, { 'idempotency-key': `key-${index % 10}` }, index % 2 === 0 ? first : second),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
  for (const [index, { body }] of answers.entries()) expect(body).toEqual(answers[index % 10]?.body)
  expect(await arrive('twice', 10)).toHaveLength(10)
  expect(await runsOf(fleet.api, 'twice')).toHaveLength(10)
})
