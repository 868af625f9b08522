import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { freePort } from '@data-weaver/embedded-postgres'
import { eventually } from './eventually.ts'
import { startRedis, type TestRedis } from './redis.ts'
import { temporaryFolder } from './temporary-folder.ts'

const run = promisify(execFile)

export interface RedisFleet extends AsyncDisposable {
  /** For `WEAVER_QUEUE_URL`. */
  readonly url: string
  readonly servers: readonly TestRedis[]
}

/** Asks a server by its own command; a failure is an answer that does not fit. */
export const redisCommand = async (port: number, ...words: readonly string[]): Promise<string> =>
  (
    await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...words]).catch((error: Error) => ({
      stdout: `(error) ${error.message}`,
    }))
  ).stdout.trim()

/** A master, a replica of it, and a Sentinel that takes the replica as soon as the master is gone for a second. */
export async function startRedisSentinel(): Promise<RedisFleet> {
  await using stack = new AsyncDisposableStack()
  const master = stack.use(await startRedis())
  const replica = stack.use(await startRedis({ flags: { replicaof: `127.0.0.1 ${master.port}` } }))
  await eventually(async () => (await redisCommand(replica.port, 'info', 'replication')).includes('master_link_status:up'), {
    what: 'the replica',
  })
  const configuration = (port: number) =>
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel monitor weaver 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds weaver 1000',
      'sentinel failover-timeout weaver 3000',
    ].join('\n')
  const sentinel = stack.use(await startRedis({ configuration, sentinel: true }))
  await eventually(async () => (await redisCommand(sentinel.port, 'sentinel', 'replicas', 'weaver')).includes(String(replica.port)), {
    what: 'the Sentinel to know the replica',
    timeoutMs: 30_000,
  })
  return fleet(stack, `redis+sentinel://127.0.0.1:${sentinel.port}/0?master=weaver`, [master, replica, sentinel])
}

/** Three masters that share the keys. */
export async function startRedisCluster(): Promise<RedisFleet> {
  await using stack = new AsyncDisposableStack()
  const nodes: { server: TestRedis; bus: number }[] = []
  for (let count = 0; count < 3; count += 1) {
    const bus = await freePort()
    const flags = { 'cluster-enabled': 'yes', 'cluster-port': String(bus), 'cluster-node-timeout': '2000' }
    nodes.push({ server: stack.use(await startRedis({ flags })), bus })
  }
  const [first] = nodes as [{ server: TestRedis; bus: number }]
  const slots = [0, 5461, 10_923, 16_384]
  for (const [index, { server, bus }] of nodes.entries()) {
    await redisCommand(server.port, 'cluster', 'addslotsrange', String(slots[index]), String((slots[index + 1] as number) - 1))
    if (index > 0) await redisCommand(first.server.port, 'cluster', 'meet', '127.0.0.1', String(server.port), String(bus))
  }
  const agreed = async () => {
    const answers = await Promise.all(nodes.map(({ server }) => redisCommand(server.port, 'cluster', 'info')))
    return answers.every((answer) => answer.includes('cluster_state:ok') && answer.includes('cluster_known_nodes:3'))
  }
  await eventually(agreed, { what: 'the nodes to agree', timeoutMs: 30_000 })
  const servers = nodes.map(({ server }) => server)
  return fleet(
    stack,
    `redis+cluster://${servers
      .slice(0, 2)
      .map(({ port }) => `127.0.0.1:${port}`)
      .join(',')}`,
    servers,
  )
}

/** A Redis that is reached over TLS, with a password and the certificate of an authority of its own, PEM. */
export async function startRedisTls(): Promise<RedisFleet & { readonly caCertificates: string }> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder('redis-tls'))
  const [key, certificate] = [folder.join('key.pem'), folder.join('certificate.pem')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=redis']
  await run('openssl', [...made, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', certificate])
  const tlsPort = await freePort()
  const flags = { 'tls-port': String(tlsPort), 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-auth-clients': 'no' }
  const server = stack.use(await startRedis({ flags }))
  await redisCommand(server.port, 'config', 'set', 'requirepass', 'a:secret/with@odd letters')
  const caCertificates = await readFile(certificate, 'utf8')
  return { ...fleet(stack, `rediss://:a%3Asecret%2Fwith%40odd%20letters@127.0.0.1:${tlsPort}`, [server]), caCertificates }
}

function fleet(stack: AsyncDisposableStack, url: string, servers: readonly TestRedis[]): RedisFleet {
  const kept = stack.move()
  return { url, servers, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
