import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@data-weaver/embedded-postgres'
import { eventually } from './eventually.ts'
import { findProgram } from './server-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The version that `pnpm servers` installs, and where. */
const version = '4.3.0'
const libraries = join(homedir(), '.cache', 'data-weaver', `kafka-${version}`)
/** It takes ten seconds on an idle machine. */
const startMs = 90_000

/** A user of the listener that asks for credentials. */
export const kafkaUser = { username: 'weaver', password: 'kafka-test-password' } as const

export interface TestKafka extends AsyncDisposable {
  /** Host and port, no credentials asked. */
  readonly broker: string
  /** Host and port of the listener that asks for SCRAM, without TLS. */
  readonly saslBroker: string
  /** kill -9; what was acknowledged may be in memory only. */
  kill(): Promise<void>
  /** Starts it again on the same ports with the same data. */
  start(): Promise<void>
  /** Stops its process in its tracks, as a machine that hangs does; `resume` lets it go on. */
  freeze(): void
  resume(): void
  stop(): Promise<void>
}

/**
 * Where Kafka and Java are, for `describe.skipIf(program === undefined)`. Where one is missing a message says so; with
 * `WEAVER_REQUIRE_SERVERS=1` that is an error.
 */
export async function requireKafka(): Promise<string | undefined> {
  const java = await findProgram('java')
  const there = await access(libraries).then(
    () => true,
    () => false,
  )
  if (java !== undefined && there) return java
  const message = `Kafka is not installed (${java === undefined ? 'there is no Java' : `nothing in ${libraries}`}): the tests that need it`
  if (process.env['WEAVER_REQUIRE_SERVERS'] === '1') throw new Error(`${message} cannot run`)
  process.stderr.write(`${message} are skipped\n`)
  return undefined
}

/** A Kafka of its own, one process that is broker and controller, on free ports of 127.0.0.1, in a folder that is thrown away. */
export async function startKafka(java: string): Promise<TestKafka> {
  const folder = await temporaryFolder('kafka')
  const [plain, sasl, controller] = [await freePort(), await freePort(), await freePort()]
  const properties = folder.join('server.properties')
  await writeFile(properties, propertiesOf({ plain, sasl, controller, data: folder.join('data') }))
  const memory = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(libraries, '*')]
  let child: ChildProcess | undefined
  const start = async () => {
    let output = ''
    const started = spawn(java, [...memory, 'kafka.Kafka', properties], { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder.path })
    child = started
    for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    const listens = async () => {
      if (started.exitCode !== null || started.signalCode !== null) throw new Error(`Kafka ended:\n${output}`)
      return (await Promise.all([accepts(plain), accepts(sasl)])).every(Boolean)
    }
    await eventually(listens, { what: 'Kafka to listen', timeoutMs: startMs })
  }
  const kill = async () => {
    const ending = child
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGKILL')
    await gone
  }
  const stop = async () => {
    await kill()
    await folder.remove()
  }
  try {
    const id = randomBytes(16).toString('base64url').replace(/^-/, 'A')
    const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${kafkaUser.username},password=${kafkaUser.password}]`,
    ])
    await promisify(execFile)(java, [...memory, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties, ...users])
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    broker: `127.0.0.1:${plain}`,
    saslBroker: `127.0.0.1:${sasl}`,
    kill,
    start,
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function propertiesOf({
  plain,
  sasl,
  controller,
  data,
}: Record<'plain' | 'sasl' | 'controller', number> & { readonly data: string }): string {
  const listeners = [`PLAINTEXT://127.0.0.1:${plain}`, `SASL_PLAINTEXT://127.0.0.1:${sasl}`]
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=${listeners.join(',')},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=${listeners.join(',')}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512',
    ...['256', '512'].map((bits) => `listener.name.sasl_plaintext.scram-sha-${bits}.sasl.jaas.config=${scram}`),
    `log.dirs=${data}`,
    'auto.create.topics.enable=false',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=1',
    'log.flush.interval.messages=1',
    '',
  ].join('\n')
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1000 })
    const answer = (up: boolean) => {
      socket.destroy()
      resolve(up)
    }
    socket.once('connect', () => answer(true))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
  })
}
