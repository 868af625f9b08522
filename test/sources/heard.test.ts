import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, startFleet } from '../e2e/fleet.ts'
import { bytesBehind, checked, create, documents, example, expectNowhere, follow, found, newestRun } from './following.ts'
import { incidentFeed, orderFeed } from './stand-ins/feeds.ts'

const keys = { sse: 't0ken/of+sse=unseen', websocket: 't0ken/of+websocket=unseen' }
const stack = new AsyncDisposableStack()
let fleet: Fleet
let incidents: Awaited<ReturnType<typeof incidentFeed>>
let orders: Awaited<ReturnType<typeof orderFeed>>

beforeAll(async () => {
  incidents = stack.use(await incidentFeed(keys.sse))
  orders = stack.use(await orderFeed(keys.websocket))
  fleet = stack.use(await startFleet())
})

afterAll(() => stack.disposeAsync())

const fieldsOf = async (stream: string) => Object.fromEntries((await documentsOf(fleet.api, stream)).map(({ id, fields }) => [id, fields]))

/** Waits until a stream has these documents and no others. */
const becomes = (stream: string, golden: Readonly<Record<string, unknown>>) =>
  eventually(
    async () => {
      expect(await fieldsOf(stream)).toEqual(golden)
      return true
    },
    { what: `the documents of ${stream}` },
  )

/** Stops a live stream; the operation is complete when its worker has ended the run. */
async function stopped(stream: string): Promise<void> {
  expect(await fleet.api.post(`/v1/streams/${stream}/stop`)).toMatchObject({ state: 'completed', mode: 'drain' })
  expect(await newestRun(fleet, stream, ({ state }) => state !== 'running' && state !== 'delivering', 'has ended')).toMatchObject({
    error: null,
  })
}

describe('a source that is listened to', () => {
  test('sse: events become documents, a later one takes one back, and a stop is complete at once', async () => {
    incidents.publish(2)
    const stream = await example('sse.json', { url: `${incidents.origin}/v1/incidents/events`, segment: { ms: 50 } }, { key: keys.sse })
    await create(fleet, stream)
    const first = { title: 'Payments are slow in Frankfurt', severity: 'major', openedAt: '2026-03-01T10:01:00Z' }
    const second = { title: 'Deliveries are late, case 2', severity: 'minor', openedAt: '2026-03-01T10:02:00Z' }
    expect((await checked(fleet, 'status-log')).documents).toMatchObject([{ id: 'status-log:inc-1', fields: first }, { fields: second }])
    await fleet.api.post('/v1/streams/status-log/start')
    await becomes('status-log', { 'status-log:inc-1': first, 'status-log:inc-2': second })
    expect(await found(fleet, 'payments frankfurt')).toEqual(['status-log:inc-1'])
    const [document] = await documents(fleet, 'status-log', 2)
    const { result, bytes } = await bytesBehind(fleet, document as NonNullable<typeof document>)
    expect(result).toMatchObject({ gap: null, response: { status: 200 }, contentType: expect.stringContaining('event-stream') })
    expect(bytes.toString()).toContain(document?.fields.title)
    incidents.publish(1)
    await becomes('status-log', { 'status-log:inc-2': second })
    expect(await found(fleet, 'payments frankfurt')).toEqual([])
    await stopped('status-log')
    await eventually(() => incidents.clients.every(({ open }) => !open), { what: 'the connection to be closed' })
  })

  test('websocket: what is said first has the secret in it, and messages become documents', async () => {
    orders.publish(2)
    const open = [{ send: { op: 'login', token: '{{secret.key}}' } }, { send: { op: 'subscribe', channel: 'orders', after: '{{cursor}}' } }]
    const stream = await example('websocket.json', { url: `${orders.origin}/v1/live`, open, segment: { ms: 50 } }, { key: keys.websocket })
    await follow(fleet, stream)
    await becomes('orders-live', {
      'orders-live:o-1': { customer: 'Grace Hopper', total: '10.50', state: 'open' },
      'orders-live:o-2': { customer: 'Ada Lovelace', total: '20.50', state: 'open' },
    })
    expect(await found(fleet, '"grace hopper"')).toEqual(['orders-live:o-1'])
    const [document] = await documents(fleet, 'orders-live', 2)
    const { bytes } = await bytesBehind(fleet, document as NonNullable<typeof document>)
    expect(
      bytes
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(JSON.parse(line).data).seq),
    ).toEqual([1, 2])
    await stopped('orders-live')
    // Started again, it goes on behind the last number.
    orders.publish(1)
    await fleet.api.post('/v1/streams/orders-live/start')
    await documents(fleet, 'orders-live', 3)
    expect(orders.clients.at(-1)?.said.map((text) => JSON.parse(text))).toContainEqual({ op: 'subscribe', channel: 'orders', after: 2 })
    await stopped('orders-live')
  })

  test('no token is in the ledger, the queue, the objects or the logs', async () => {
    expect(orders.clients.flatMap(({ said }) => said).join('\n')).toContain(keys.websocket)
    await expectNowhere(fleet, Object.values(keys))
  })
})
