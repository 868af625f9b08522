import { type AdapterContext, type Json, type JsonObject, type Page, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { createEgress, type Egress, parseEgressAllow } from '@data-weaver/egress'
import { eventually, kafkaUser, requireKafka, startKafka, type TestKafka } from '@data-weaver/testkit'
import { Admin, type MessageToProduce, Producer, stringSerializers } from '@platformatic/kafka'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timed } from '../src/conformance/harness.ts'
import { kafka as adapter } from './index.ts'
import type { KafkaConfig } from './schema.ts'
import { type Reading, type ReadingOptions, readSoMany, startReading } from './test/reading.ts'

const java = await requireKafka()

describe.skipIf(java === undefined)('kafka', () => {
  let server: TestKafka
  let admin: Admin
  let producer: Producer<string | null, Buffer | string | null, string, string>
  let egress: Egress
  let topics = 0

  beforeAll(async () => {
    server = await startKafka(java as string)
    const options = { clientId: 'test', bootstrapBrokers: [server.broker], retries: 30, retryDelay: 500 }
    admin = new Admin(options)
    producer = new Producer({
      ...options,
      serializers: { key: bytesOf, value: bytesOf, headerKey: bytesOf, headerValue: bytesOf },
    } as never)
    egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  }, 120_000)
  afterAll(async () => {
    await egress?.close()
    await producer?.close()
    await admin?.close()
    await server?.stop()
  })

  async function topic(partitions = 1): Promise<string> {
    const name = `topic-${(topics += 1)}`
    await admin.createTopics({ topics: [name], partitions, replicas: 1 })
    return name
  }

  type Message = Partial<MessageToProduce<string | null, Buffer | string | null, string, string>>
  const produce = (name: string, messages: readonly Message[], compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' = 'none') =>
    producer.send({ messages: messages.map((message) => ({ topic: name, partition: 0, ...message })) as never, compression, acks: -1 })
  const numbered = (from: number, to: number, partition = 0): Message[] =>
    Array.from({ length: to - from }, (_, index) => ({ key: `k-${from + index}`, value: JSON.stringify({ n: from + index }), partition }))

  const read = (config: Parameters<typeof startReading>[1], options: Partial<ReadingOptions> = {}): Reading =>
    startReading(server.broker, config, { way: egress, ...options })
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

  it('reads all of a topic in every compression, with keys, headers and times, and what comes later', async () => {
    const name = await topic()
    const timestamp = BigInt(Date.UTC(2026, 0, 2))
    await produce(name, [{ key: 'a', value: '{"n":0}', headers: { trace: 'grüße' }, timestamp }])
    for (const [index, compression] of (['gzip', 'snappy', 'lz4', 'zstd'] as const).entries())
      await produce(name, numbered(1 + index * 50, 1 + (index + 1) * 50), compression)
    const reading = read({ topics: [name], messageField: '_m' })
    await readSoMany(reading, 201)
    await produce(name, [{ key: null, value: '{"n":201}' }])
    await readSoMany(reading, 202)
    await reading.drain()
    expect(reading.numbers()).toEqual(upTo(202))
    const config = { brokers: [server.broker], topics: [name], messageField: '_m' }
    const records = reading.pages.flatMap((page) => [...adapter.records(page, config)])
    expect(records[0]).toMatchObject({
      key: ['a'],
      fields: {
        _m: { topic: name, partition: 0, offset: 0, key: 'a', timestamp: '2026-01-02T00:00:00.000Z', headers: { trace: 'grüße' } },
      },
    })
    expect(records.at(-1)).toMatchObject({ key: ['0-201'] })
    expect(reading.cursor()).toMatchObject({ position: { [name]: { 0: 202 } } })
  })

  it('goes on from each checkpoint without loss or repetition, over all partitions', async () => {
    const name = await topic(3)
    for (const partition of [0, 1, 2]) await produce(name, numbered(partition * 100, partition * 100 + 100, partition))
    const whole = read({ topics: [name], segment: { messages: 37, ms: 100 } })
    await readSoMany(whole, 300)
    await whole.drain()
    expect(whole.numbers().toSorted((a, b) => a - b)).toEqual(upTo(300))
    expect(whole.pages.length).toBeGreaterThan(8)
    const seen: number[] = []
    for (const [index, page] of whole.pages.entries()) {
      seen.push(
        ...[...adapter.records(page, { brokers: [], topics: [name] })].map((record) =>
          Number(('fields' in record ? record.fields : {})['n']),
        ),
      )
      if (index % 3 !== 0) continue
      const rest = read({ topics: [name] }, { cursor: JSON.parse(JSON.stringify(page.cursor)) as Json })
      await readSoMany(rest, 300 - seen.length)
      await rest.drain()
      expect([...seen, ...rest.numbers()].toSorted((a, b) => a - b)).toEqual(upTo(300))
      expect(rest.pages.some(({ gap }) => gap !== undefined)).toBe(false)
    }
  }, 60_000)

  it('makes deletions of messages without a value', async () => {
    const name = await topic()
    await produce(name, [
      { key: 'a', value: '{"n":1}' },
      { key: 'a', value: null },
    ])
    const reading = read({ topics: [name] })
    await readSoMany(reading, 2)
    await reading.drain()
    const records = reading.pages.flatMap((page) => [...adapter.records(page, { brokers: [], topics: [name] })])
    expect(records).toMatchObject([{ key: ['a'] }, { key: ['a'], deleted: true }])
  })

  it('begins with what is new, or at a time', async () => {
    const name = await topic()
    const time = Date.UTC(2026, 5, 1)
    await produce(
      name,
      [0, 1, 2].map((n) => ({ value: `{"n":${n}}`, timestamp: BigInt(time + n * 1000) })),
    )
    const later = read({ topics: [name], start: new Date(time + 500).toISOString() })
    await readSoMany(later, 2)
    await later.drain()
    expect(later.numbers()).toEqual([1, 2])
    const latest = read({ topics: [name], start: 'latest' })
    let n = 3
    await eventually(
      async () => {
        await produce(name, [{ value: `{"n":${n}}` }])
        n += 1
        return latest.pages.length > 0
      },
      { what: 'a new message' },
    )
    await latest.drain()
    expect(latest.numbers()[0]).toBeGreaterThanOrEqual(3)
  })

  it('records what Kafka has deleted before it was read, and goes on with what there is', async () => {
    const name = await topic(2)
    // One partition at a time: a send that fails for one of them is repeated for all.
    await produce(name, numbered(0, 10))
    await produce(name, numbered(100, 105, 1))
    const first = read({ topics: [name], segment: { messages: 5, ms: 100 } })
    await readSoMany(first, 15)
    await first.drain()
    const position = { [name]: { 0: 3, 1: 5 } }
    const cursor = { ...(first.cursor() as JsonObject), position }
    await admin.deleteRecords({ topics: [{ name, partitions: [{ partition: 0, offset: 6n }] }] })
    const rest = read({ topics: [name] }, { cursor })
    await readSoMany(rest, 4)
    await rest.drain()
    expect(rest.numbers()).toEqual([6, 7, 8, 9])
    expect(rest.pages[0]?.gap).toMatchObject({ reason: 'start', since: (cursor as { at?: string }).at })
    expect(rest.cursor()).toMatchObject({ position: { [name]: { 0: 10, 1: 5 } } })
  })

  it('says that it fell behind when messages are deleted while it is busy', async () => {
    const name = await topic()
    await produce(name, numbered(0, 5))
    const drain = new AbortController()
    const config = { brokers: [server.broker], topics: [name], segment: { messages: 5, ms: 100 }, reconnect: { minMs: 50, maxMs: 100 } }
    const context: AdapterContext<KafkaConfig> = {
      ...{ config, cursor: null, clock: systemClock, secret: () => '', hasSecret: () => false, log: silentLog },
      http: egress.http({ signal: AbortSignal.timeout(60_000), secrets: [], log: silentLog }),
      ...{ signal: AbortSignal.timeout(60_000), drain: drain.signal },
    }
    const pages = adapter.pages(context)[Symbol.asyncIterator]()
    const first = await pages.next()
    expect(first.value?.gap).toBeUndefined()
    // Nothing is taken while the page is in our hands; what was fetched ahead may still come, the rest is gone.
    for (let round = 1; round <= 8; round += 1) await produce(name, numbered(round * 5, round * 5 + 5))
    await admin.deleteRecords({ topics: [{ name, partitions: [{ partition: 0, offset: 45n }] }] })
    await produce(name, numbered(45, 50))
    const rest: Page[] = []
    const numbersOf = (page: Page) =>
      [...adapter.records(page, config)].map((record) => Number(('fields' in record ? record.fields : {})['n']))
    while (!rest.flatMap(numbersOf).includes(49)) rest.push((await pages.next()).value as Page)
    drain.abort()
    await pages.next()
    const gaps = rest.filter(({ gap }) => gap !== undefined)
    expect(gaps.map(({ gap }) => gap?.reason)).toEqual(['slowConsumer'])
    expect(numbersOf(gaps[0] as Page)[0]).toBe(45)
    const numbers = rest.flatMap(numbersOf)
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  })

  it('sees transactions when they are committed, and none that were given up', async () => {
    const name = await topic()
    const transactional = new Producer({
      ...{ clientId: 'test', bootstrapBrokers: [server.broker], retries: 30, retryDelay: 500, serializers: stringSerializers },
      ...{ idempotent: true, transactionalId: `transactions-of-${name}` },
    })
    try {
      for (const [value, commits] of [
        ['{"n":0}', true],
        ['{"n":1}', false],
        ['{"n":2}', true],
      ] as const) {
        const transaction = await transactional.beginTransaction()
        await transaction.send({ messages: [{ topic: name, partition: 0, value }] })
        await (commits ? transaction.commit() : transaction.abort())
      }
    } finally {
      await transactional.close()
    }
    const reading = read({ topics: [name] })
    await readSoMany(reading, 2)
    await reading.drain()
    expect(reading.numbers()).toEqual([0, 2])
  })

  it('reads partitions that were added since from their beginning', async () => {
    const name = await topic()
    await produce(name, numbered(0, 3))
    const first = read({ topics: [name], start: new Date(0).toISOString() })
    await readSoMany(first, 3)
    await first.drain()
    await admin.createPartitions({ topics: [{ name, count: 2, assignments: null }] })
    await eventually(async () => await produce(name, numbered(3, 6, 1)), { what: 'the new partition to take messages' })
    const rest = read({ topics: [name], start: 'latest' }, { cursor: first.cursor() })
    await readSoMany(rest, 3)
    await rest.drain()
    expect(rest.numbers()).toEqual([3, 4, 5])
  })

  it('goes on when the broker was killed and is back, without loss or repetition', async () => {
    const name = await topic()
    await produce(name, numbered(0, 50))
    const reading = read({ topics: [name], reconnect: { minMs: 200, maxMs: 1000, maxFailures: 1000 } })
    await readSoMany(reading, 50)
    await server.kill()
    await server.start()
    await eventually(
      async () => {
        await produce(name, numbered(50, 60))
        return true
      },
      { what: 'the broker to take messages', timeoutMs: 60_000 },
    )
    await readSoMany(reading, 60)
    await reading.drain()
    expect(reading.numbers()).toEqual(upTo(60))
    expect(reading.pages.some(({ gap }) => gap !== undefined)).toBe(false)
  }, 180_000)

  it('notices a broker that hangs, and goes on when it answers again', async () => {
    const name = await topic()
    await produce(name, numbered(0, 10))
    let reached = 0
    const way = {
      http: (scope: Parameters<Egress['http']>[0]) => {
        const http = egress.http(scope)
        return {
          ...http,
          dial: async (...given: Parameters<typeof http.dial>) => {
            reached += 1
            return await http.dial(...given)
          },
        }
      },
    } as Egress
    const reading = read(
      { topics: [name], requestMs: 2000, openMs: 1000, reconnect: { minMs: 100, maxMs: 500, maxFailures: 1000 } },
      { way },
    )
    await readSoMany(reading, 10)
    const before = reached
    server.freeze()
    try {
      await eventually(() => reached > before, { what: 'another connection', timeoutMs: 20_000 })
    } finally {
      server.resume()
    }
    await produce(name, numbered(10, 20))
    await readSoMany(reading, 20)
    await reading.drain()
    expect(reading.numbers()).toEqual(upTo(20))
    expect(reading.pages.some(({ gap }) => gap !== undefined)).toBe(false)
  }, 60_000)

  it('shows its password by SCRAM, and says when it is wrong', async () => {
    const name = await topic()
    await produce(name, numbered(0, 3))
    for (const mechanism of ['scram-sha-256', 'scram-sha-512'] as const) {
      const sasl = { mechanism, username: kafkaUser.username }
      const right = read({ topics: [name], brokers: [server.saslBroker], sasl }, { password: kafkaUser.password })
      await readSoMany(right, 3)
      await right.drain()
      const wrong = read({ topics: [name], brokers: [server.saslBroker], sasl }, { password: 'wrong-password-0123' })
      const error = (await wrong.ended) as WeaverError
      expect(error).toMatchObject({ code: 'auth_failed' })
      expect(JSON.stringify([error.message, error.errors, String(error.cause)])).not.toContain('wrong-password-0123')
    }
  })

  it('shows its password and its certificate over TLS, and says when one of them is not accepted', async () => {
    const name = await topic()
    await produce(name, numbered(0, 3))
    const { authority, client, clientKey } = server.certificates
    const options = { allow: parseEgressAllow('127.0.0.1'), clock: systemClock }
    await using trusting = owned(createEgress({ ...options, caCertificates: authority }))
    const way = trusting.egress
    const readAll = async (reading: Reading) => {
      await readSoMany(reading, 3)
      await reading.drain()
      expect(reading.numbers()).toEqual([0, 1, 2])
    }
    for (const mechanism of ['plain', 'scram-sha-512'] as const) {
      const config = { topics: [name], brokers: [server.secureBroker], tls: true, sasl: { mechanism, username: kafkaUser.username } }
      await readAll(read(config, { way, password: kafkaUser.password }))
      const error = (await read(config, { way, password: 'wrong-password-0123' }).ended) as WeaverError
      expect(error).toMatchObject({ code: 'auth_failed' })
      expect(JSON.stringify([error.message, error.errors, String(error.cause)])).not.toContain('wrong-password-0123')
    }
    const mutual = { topics: [name], brokers: [server.mutualBroker], tls: true }
    await readAll(read(mutual, { way, secrets: { certificate: client, private_key: clientKey } }))
    expect(await read(mutual, { way }).ended).toMatchObject({ code: 'source_tls' })
    const noKey = { certificate: client, private_key: 'no key' }
    expect(await read(mutual, { way, secrets: noKey }).ended).toMatchObject({ code: 'invalid_config' })
    // Whoever does not know the authority of the broker tells it nothing.
    expect(await read(mutual, { secrets: { certificate: client, private_key: clientKey } }).ended).toMatchObject({ code: 'source_tls' })
  }, 60_000)

  it('reaches no broker that it may not reach, also one that another one names', async () => {
    const name = await topic()
    await using closed = owned(createEgress({ allow: parseEgressAllow(''), clock: systemClock }))
    expect(await read({ topics: [name] }, { way: closed.egress }).ended).toMatchObject({ code: 'egress_refused' })
    // Asked by a name that is open, it names itself by an address that is not.
    const port = server.broker.split(':')[1]
    await using named = owned(
      createEgress({
        allow: parseEgressAllow('kafka.test'),
        clock: systemClock,
        lookup: async () => [{ address: '127.0.0.1', family: 4 }],
      }),
    )
    expect(await read({ topics: [name], brokers: [`kafka.test:${port}`] }, { way: named.egress }).ended).toMatchObject({
      code: 'egress_refused',
    })
  })

  it('says what there is not, and ends within 100 ms of an abort', timed, async () => {
    expect(await read({ topics: ['no-such-topic'] }).ended).toMatchObject({
      code: 'source_not_found',
      upstreamCode: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    const refused = read({ topics: ['x'], brokers: ['127.0.0.1:9'], reconnect: { minMs: 50, maxMs: 50 } })
    expect(await refused.ended).toMatchObject({ code: 'source_unreachable' })
    const name = await topic()
    await produce(name, numbered(0, 1))
    const reading = read({ topics: [name] })
    await readSoMany(reading, 1)
    const reason = new WeaverError('interrupted', 'stopped')
    const at = performance.now()
    reading.abort(reason)
    expect(await reading.ended).toBe(reason)
    expect(performance.now() - at).toBeLessThan(100)
  })
})

const bytesOf = (value: string | Buffer | null | undefined): Buffer | undefined =>
  value === null ? (null as unknown as undefined) : typeof value === 'string' ? Buffer.from(value) : value

const owned = (egress: Egress) => ({ egress, [Symbol.asyncDispose]: () => egress.close() })
