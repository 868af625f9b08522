import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cleanEnvironment, freePort, requireKafka, temporaryFolder } from '@data-weaver/testkit'
import { Admin, type BaseOptions, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { describe, expect, it } from 'vitest'
import { startPart } from './played-compose.ts'

const java = await requireKafka()
const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const script = `${root}/deploy/compose/start-kafka.sh`

/** The service `kafka` by its command line, twice when asked: what it wrote stays in the folder. */
async function playKafka(stack: AsyncDisposableStack) {
  const folder = stack.use(await temporaryFolder('compose-kafka'))
  const [port, local, controller] = [await freePort(), await freePort(), await freePort()]
  await Promise.all(['data', 'tmp'].map((name) => mkdir(folder.join(name))))
  await run(`${root}/deploy/compose/make-secrets.sh`, [folder.join('secrets')])
  const env = {
    KAFKA_LIBRARIES: `${homedir()}/.cache/data-weaver/kafka-4.3.0`,
    KAFKA_DATA: folder.join('data'),
    KAFKA_PASSWORD_FILE: folder.join('secrets', 'kafka_password'),
    KAFKA_HOST: '127.0.0.1',
    KAFKA_PORT: String(port),
    KAFKA_LOCAL_PORT: String(local),
    KAFKA_CONTROLLER_PORT: String(controller),
    KAFKA_HEAP: '256m',
    TMPDIR: folder.join('tmp'),
  }
  const healthy = async () =>
    await run('sh', [script, 'health'], { env: cleanEnvironment(env) }).then(
      () => true,
      () => false,
    )
  const start = (until: AsyncDisposableStack) =>
    startPart(until, 'kafka', {
      replace: (word) => word.replace(/^\/start-kafka\.sh$/, script).replace('/run/secrets', folder.join('secrets')),
      env,
      answers: healthy,
      timeoutMs: 90_000,
    })
  const password = (await readFile(env.KAFKA_PASSWORD_FILE, 'utf8')).trim()
  return { broker: `127.0.0.1:${port}`, password, start }
}

const options = (broker: string, password: string): BaseOptions => ({
  clientId: 'test',
  bootstrapBrokers: [broker],
  retries: 0,
  sasl: { mechanism: 'SCRAM-SHA-512', username: 'weaver', password },
})

describe.skipIf(java === undefined)('Kafka of the compose file, played', () => {
  it(
    'starts from a made secret, lets in who shows it and nobody else, and keeps what it took over a restart',
    { timeout: 240_000 },
    async () => {
      await using stack = new AsyncDisposableStack()
      const { broker, password, start } = await playKafka(stack)
      {
        await using first = new AsyncDisposableStack()
        await start(first)
        const admin = new Admin(options(broker, password))
        first.defer(() => admin.close())
        await admin.createTopics({ topics: ['orders'], partitions: 1, replicas: 1 })
        const producer = new Producer({ ...options(broker, password), serializers: stringSerializers })
        first.defer(() => producer.close())
        await producer.send({ messages: [{ topic: 'orders', key: 'a', value: '{"n":1}' }], acks: -1 })
        const stranger = new Admin(options(broker, 'another-password'))
        first.defer(() => stranger.close())
        await expect(stranger.listTopics()).rejects.toMatchObject({ code: expect.stringMatching(/^PLT_KFK_/) as string })
        const nobody = new Admin({ clientId: 'test', bootstrapBrokers: [broker], retries: 0, timeout: 5000 })
        first.defer(() => nobody.close())
        await expect(nobody.listTopics()).rejects.toMatchObject({ code: expect.stringMatching(/^PLT_KFK_/) as string })
      }
      await start(stack)
      const consumer = new Consumer({
        ...options(broker, password),
        // The first group makes Kafka's own topic of groups.
        retries: 30,
        retryDelay: 500,
        groupId: 'test',
        deserializers: stringDeserializers,
      })
      stack.defer(() => consumer.close(true))
      const messages = await consumer.consume({ topics: ['orders'], mode: 'earliest' })
      for await (const { key, value } of messages) {
        expect([key, value]).toEqual(['a', '{"n":1}'])
        break
      }
    },
  )
})
