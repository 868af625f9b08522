import { eventually, requireKafka, startKafka, type TestKafka } from '@data-weaver/testkit'
import { Admin, Producer, stringSerializers } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, runsOf, startFleet } from './fleet.ts'

const java = await requireKafka()

describe.skipIf(java === undefined)('a stream of a topic', () => {
  let server: TestKafka
  let fleet: Fleet
  let admin: Admin
  let producer: Producer<string, string, string, string>

  beforeAll(async () => {
    server = await startKafka(java as string)
    fleet = await startFleet()
    const options = { clientId: 'test', bootstrapBrokers: [server.broker], retries: 30, retryDelay: 500 }
    admin = new Admin(options)
    producer = new Producer({ ...options, serializers: stringSerializers })
  }, 120_000)
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    await producer?.close()
    await admin?.close()
    await server?.stop()
  })

  test('has each message in one result, also when its worker is killed', async () => {
    await admin.createTopics({ topics: ['orders'], partitions: 3, replicas: 1 })
    // One partition at a time: a send that fails for one of them is repeated for all.
    const produce = async (from: number, to: number) => {
      const all = Array.from({ length: to - from }, (_, index) => from + index)
      for (const partition of [0, 1, 2]) {
        const own = all.filter((n) => n % 3 === partition)
        await producer.send({
          messages: own.map((n) => ({ topic: 'orders', partition, key: `o-${n}`, value: JSON.stringify({ n }) })),
          acks: -1,
        })
      }
    }
    await produce(0, 300)
    const config = { brokers: [server.broker], topics: ['orders'], segment: { messages: 20, ms: 200 } }
    await fleet.api.post('/v1/streams', { name: 'orders', adapter: 'kafka', config, schedule: { continuous: true } })
    await fleet.api.post('/v1/streams/orders/start')
    const arrived = (count: number) =>
      eventually(async () => (await documentsOf(fleet.api, 'orders')).length >= count, { what: `${count} documents`, timeoutMs: 60_000 })
    await arrived(300)
    await fleet.worker.end('SIGKILL')
    await produce(300, 400)
    await fleet.startWorker()
    await produce(400, 420)
    await arrived(420)
    const documents = await documentsOf(fleet.api, 'orders')
    expect(documents.map(({ fields }) => Number(fields['n'])).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 420 }, (_, n) => n))
    // Written once: nothing was read twice.
    expect(documents.every(({ revision }) => revision === 1)).toBe(true)
    await fleet.api.post('/v1/streams/orders/stop')
    expect((await runsOf(fleet.api, 'orders')).every(({ state }) => state !== 'failed')).toBe(true)
  }, 120_000)
})
