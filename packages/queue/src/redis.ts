import { rootCertificates } from 'node:tls'
import type { Log } from '@data-weaver/contracts'
import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis'
import type { RedisSettings } from './queue-url.ts'

/**
 * A connection that waits for an answer and hears nothing for so long is cut and made again, milliseconds. Without it a machine that vanished
 * would hold the connection until the system gives up, a quarter of an hour later. Longer than the longest wait for a job.
 */
export const silenceMs = 30_000
/** Longest time between two tries to connect, milliseconds. */
const longestRetryMs = 2000

/** Oldest version that is tried here. */
const oldestVersion = 7

/** Without a choice of protocols, which the types of the client want to know beforehand. */
type SingleOptions = Omit<RedisOptions, 'protocol' | 'replyMapping'>

/** For one server or Sentinels; `connectionName` is shown to the server. */
export function redisOptions(settings: RedisSettings, connectionName: string, caCertificates?: string): SingleOptions {
  const { shape, nodes, master, sentinelUsername, sentinelPassword, db } = settings
  const shared: SingleOptions = { ...nodeOptions(settings, connectionName, caCertificates), ...(db === undefined ? {} : { db }) }
  if (shape !== 'sentinel') return { ...shared, ...nodes[0], retryStrategy: retryAfter }
  const { tls } = shared
  return {
    ...shared,
    retryStrategy: retryAfter,
    sentinels: nodes.map((node) => ({ ...node })),
    name: master,
    // The Sentinels say at once when they have made another the master, so that nobody waits on the old one.
    failoverDetector: true,
    sentinelRetryStrategy: retryAfter,
    ...(tls === undefined ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
  }
}

/** A client of a cluster. Every key of ours has the same hash tag, so all lie on one node, and scripts see them all. */
export function openCluster(settings: RedisSettings, connectionName: string, caCertificates?: string): Cluster {
  return new Cluster(
    settings.nodes.map((node) => ({ ...node })),
    {
      clusterRetryStrategy: retryAfter,
      redisOptions: nodeOptions(settings, connectionName, caCertificates),
      // A certificate is for a name; looked up here, only its address would be left to compare.
      ...(settings.tls ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
    },
  )
}

type NodeOptions = Omit<NonNullable<ClusterOptions['redisOptions']>, 'protocol' | 'replyMapping'>

function nodeOptions({ username, password, tls }: RedisSettings, connectionName: string, caCertificates?: string): NodeOptions {
  return {
    connectionName,
    maxRetriesPerRequest: null,
    socketTimeout: silenceMs,
    // READONLY is Redis' code for a master that was made a replica: the command goes again to the new one.
    reconnectOnError: ({ message }) => (message.startsWith('READONLY ') ? 2 : false),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: caCertificates === undefined ? {} : { ca: [...rootCertificates, caCertificates] } } : {}),
  }
}

const retryAfter = (tries: number): number => Math.min(50 * 2 ** Math.min(tries, 10), longestRetryMs)

/** What a process looks at, of each server that takes writes. */
export interface RedisTrouble {
  readonly node: string
  readonly problem: string
  /** What to write into the server's configuration. */
  readonly set: string
}

/**
 * Looks whether Redis keeps what it is told, as soon as it can be reached, and warns of each server that does not. Ends its connection
 * afterwards. Answers how to stop it before.
 */
export function inspectRedis(
  settings: RedisSettings,
  connectionName: string,
  log: Log,
  caCertificates?: string,
): { readonly stop: () => void } {
  const client =
    settings.shape === 'cluster'
      ? openCluster(settings, connectionName, caCertificates)
      : new Redis(redisOptions(settings, connectionName, caCertificates))
  // Those who use the queue say that it cannot be reached.
  client.on('error', () => {})
  const look = async () => {
    if (client instanceof Redis) return troublesOf(await client.info(), addressOf(settings))
    // A cluster knows its nodes when it has answered once.
    await client.ping()
    const nodes = client.nodes('master')
    const looked = await Promise.all(nodes.map(async (node) => troublesOf(await node.info(), `${node.options.host}:${node.options.port}`)))
    return looked.flat()
  }
  let stopped = false
  const stop = () => {
    stopped = true
    client.disconnect()
  }
  look()
    .then(
      (troubles) => {
        for (const trouble of troubles) log.warn(trouble, 'Redis is not set up to keep jobs')
      },
      (error: unknown) => {
        if (!stopped) log.warn({ err: error }, 'Redis does not say how it is set up')
      },
    )
    .finally(stop)
  return { stop }
}

const addressOf = ({ shape, nodes, master }: RedisSettings): string =>
  shape === 'sentinel' ? `master ${master}` : `${nodes[0]?.host}:${nodes[0]?.port}`

/** Reads the answer of INFO, which managed servers give as well, whose configuration may not be asked. */
export function troublesOf(info: string, node: string): readonly RedisTrouble[] {
  const facts = new Map(
    info.split(/\r?\n/).map((line): [string, string] => [line.split(':', 1)[0] ?? '', line.slice(line.indexOf(':') + 1)]),
  )
  const troubles: RedisTrouble[] = []
  const trouble = (problem: string, set: string) => void troubles.push({ node, problem, set })
  // Valkey names its own version beside that of the Redis it stands for.
  const version = facts.get('redis_version') ?? ''
  if (/^\d+\./.test(version) && Number.parseInt(version, 10) < oldestVersion)
    trouble(`version ${version} is older than what is tried`, `Redis ${oldestVersion} or newer, or Valkey`)
  if (facts.get('aof_enabled') === '0') trouble('without an append-only file every job is lost when it is killed', 'appendonly yes')
  const policy = facts.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction')
    trouble(`with the policy ${policy} it drops jobs when its memory is full`, 'maxmemory-policy noeviction')
  return troubles
}
