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

  test('that reads what is new loses nothing when its worker is killed before the first message', async () => {
    await admin.createTopics({ topics: ['news'], partitions: 1, replicas: 1 })
    const produce = (n: number) =>
      producer.send({ messages: [{ topic: 'news', partition: 0, key: `n-${n}`, value: `{"n":${n}}` }], acks: -1 })
    await produce(0)
    const config = { brokers: [server.broker], topics: ['news'], start: 'latest', segment: { ms: 100 } }
    await fleet.api.post('/v1/streams', { name: 'news', adapter: 'kafka', config, schedule: { continuous: true } })
    await fleet.api.post('/v1/streams/news/start')
    await eventually(async () => (await fleet.api.get<{ cursor: unknown }>('/v1/streams/news')).cursor !== null, {
      what: 'the place where it began',
      timeoutMs: 60_000,
    })
    await fleet.worker.end('SIGKILL')
    await produce(1)
    await produce(2)
    await fleet.startWorker()
    await produce(3)
    const numbers = async () => (await documentsOf(fleet.api, 'news')).map(({ fields }) => Number(fields['n'])).toSorted((a, b) => a - b)
    await eventually(async () => (await numbers()).includes(3), { what: 'the last message', timeoutMs: 60_000 })
    expect(await numbers()).toEqual([1, 2, 3])
    await fleet.api.post('/v1/streams/news/stop')
  }, 120_000)
})
