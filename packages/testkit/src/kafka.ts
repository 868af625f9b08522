import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, readFile, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '@data-weaver/embedded-postgres'
import { answersAt, type ServerProcess, startServer } from './server-process.ts'
import { findProgram } from './server-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The version that `pnpm servers` installs, and where. */
const version = '4.3.0'
const libraries = join(homedir(), '.cache', 'data-weaver', `kafka-${version}`)
/** It takes ten seconds on an idle machine. */
const startMs = 90_000

/** A user of the listener that asks for credentials. */
export const kafkaUser = { username: 'weaver', password: 'kafka-test-password' } as const

export interface TestKafka extends ServerProcess {
  /** Host and port, no credentials asked. */
  readonly broker: string
  /** Host and port of the listener that asks for SCRAM, without TLS. */
  readonly saslBroker: string
  /** Host and port of the listener that speaks TLS and asks for a certificate. */
  readonly mutualBroker: string
  /** Host and port of the listener that speaks TLS and asks for a password. */
  readonly secureBroker: string
  /** The authority that its certificate is from, and a certificate with its key for a client. PEM. */
  readonly certificates: { readonly authority: string; readonly client: string; readonly clientKey: string }
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
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder('kafka'))
  const ports = { plain: await freePort(), sasl: await freePort(), mutual: await freePort(), secure: await freePort() }
  const controller = await freePort()
  const properties = folder.join('server.properties')
  const { authority, server, client, clientKey } = await makeCertificates(folder.path)
  await writeFile(properties, propertiesOf({ ports, controller, data: folder.join('data'), server, authority }))
  const memory = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(libraries, '*')]
  const id = randomBytes(16).toString('base64url').replace(/^-/, 'A')
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${kafkaUser.username},password=${kafkaUser.password}]`,
  ])
  await promisify(execFile)(java, [...memory, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties, ...users])
  const broker = await startServer(
    {
      name: 'Kafka',
      command: [java, ...memory, 'kafka.Kafka', properties],
      cwd: folder.path,
      isUp: async () => (await Promise.all(Object.values(ports).map((port) => answersAt(port)))).every(Boolean),
      startMs,
    },
    stack.move(),
  )
  return {
    ...broker,
    broker: `127.0.0.1:${ports.plain}`,
    saslBroker: `127.0.0.1:${ports.sasl}`,
    mutualBroker: `127.0.0.1:${ports.mutual}`,
    secureBroker: `127.0.0.1:${ports.secure}`,
    certificates: { authority, client, clientKey },
  }
}

interface Layout {
  readonly ports: Readonly<Record<'plain' | 'sasl' | 'mutual' | 'secure', number>>
  readonly controller: number
  readonly data: string
  /** Certificate and key, and the authority, PEM. */
  readonly server: { readonly certificate: string; readonly key: string }
  readonly authority: string
}

function propertiesOf({ ports, controller, data, server, authority }: Layout): string {
  const listeners = { PLAIN: ports.plain, SASL: ports.sasl, MUTUAL: ports.mutual, SECURE: ports.secure }
  const addresses = Object.entries(listeners).map(([name, port]) => `${name}://127.0.0.1:${port}`)
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const { username, password } = kafkaUser
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`
  const inOneLine = (pem: string) => pem.trim().replaceAll('\n', '\\n')
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=${addresses.join(',')},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=${addresses.join(',')}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAIN',
    'listener.security.protocol.map=PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,MUTUAL:SSL,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...['sasl', 'secure'].flatMap((name) =>
      ['256', '512'].map((bits) => `listener.name.${name}.scram-sha-${bits}.sasl.jaas.config=${scram}`),
    ),
    ...['sasl', 'secure'].map((name) => `listener.name.${name}.plain.sasl.jaas.config=${plain}`),
    'ssl.keystore.type=PEM',
    `ssl.keystore.certificate.chain=${inOneLine(server.certificate)}`,
    `ssl.keystore.key=${inOneLine(server.key)}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.certificates=${inOneLine(authority)}`,
    'listener.name.mutual.ssl.client.auth=required',
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

/** An authority, a certificate of 127.0.0.1 from it, and one for a client, made by openssl in this folder. */
async function makeCertificates(folder: string) {
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder })
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl('req', '-x509', ...ec, '-days', '2', '-subj', '/CN=authority', '-keyout', 'authority.key', '-out', 'authority.pem')
  for (const [name, subject] of [
    ['server', '/CN=kafka'],
    ['client', '/CN=weaver'],
  ] as const) {
    await openssl('req', ...ec, '-subj', subject, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const issuer = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-copy_extensions', 'copy']
    await openssl('x509', '-req', '-in', `${name}.csr`, ...issuer, '-days', '2', '-out', `${name}.pem`)
  }
  const text = (name: string) => readFile(join(folder, name), 'utf8')
  return {
    authority: await text('authority.pem'),
    server: { certificate: await text('server.pem'), key: await text('server.key') },
    client: await text('client.pem'),
    clientKey: await text('client.key'),
  }
}
