import { WeaverError } from '@data-weaver/contracts'

export type QueueSettings = PostgresQueueSettings | RedisSettings

export interface PostgresQueueSettings {
  readonly kind: 'postgres'
  readonly url: string
}

export interface RedisNode {
  readonly host: string
  readonly port: number
}

export interface RedisSettings {
  readonly kind: 'redis'
  /** `sentinel`: the nodes are Sentinels that know where the master is. `cluster`: some nodes of a cluster, which know the others. */
  readonly shape: 'single' | 'sentinel' | 'cluster'
  readonly nodes: readonly RedisNode[]
  readonly tls: boolean
  readonly username?: string
  readonly password?: string
  readonly db?: number
  /** What the Sentinels call the master. */
  readonly master?: string
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
}

const variable = 'WEAVER_QUEUE_URL'
const redisPort = 6379
const sentinelPort = 26_379
const schemes = /^(redis|rediss)(?:\+(sentinel|cluster))?:\/\/(.*)$/s

const examples = {
  single: `${variable}=redis://:password@redis:6379/0`,
  sentinel: `${variable}=redis+sentinel://:password@sentinel-1:26379,sentinel-2:26379/0?master=mymaster`,
  cluster: `${variable}=redis+cluster://:password@node-1:6379,node-2:6379`,
}

/**
 * Reads the address of a queue. Pure: nothing is opened, nothing is looked up.
 *
 * - PostgreSQL: `postgres://…`, as for the ledger.
 * - One Redis: `redis://user:password@host:6379/0`.
 * - Sentinel: `redis+sentinel://user:password@host:26379,host:26379/0?master=mymaster`; user and password are those of Redis, the
 *   Sentinels' own are the parameters `sentinelUsername` and `sentinelPassword`.
 * - Cluster: `redis+cluster://user:password@host:6379,host:6379`; some of its nodes are enough. It has no databases by number.
 *
 * With `rediss` in place of `redis` every connection is encrypted, those to Sentinels too. User names, passwords and parameters are
 * percent-encoded.
 * @throws WeaverError `invalid_settings` naming WEAVER_QUEUE_URL. Neither message nor fields contain the value, since it may hold a secret.
 */
export function parseQueueUrl(url: string): QueueSettings {
  if (/^postgres(ql)?:\/\//.test(url)) return { kind: 'postgres', url }
  const [, scheme, kind, rest] = schemes.exec(url) ?? []
  if (scheme === undefined || rest === undefined)
    throw invalid('must begin with redis://, redis+sentinel://, redis+cluster:// (or rediss…) or postgres://', examples.single)
  const shape = (kind ?? 'single') as RedisSettings['shape']
  const problem = (text: string) => invalid(text, examples[shape])
  const [, before, path = '', query = ''] = /^([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/s.exec(rest) ?? []
  if (before === undefined) throw problem('is no address; in passwords, percent-encode / as %2F, ? as %3F, # as %23, @ as %40')
  const at = before.lastIndexOf('@')
  const [username = '', ...password] = at === -1 ? [] : before.slice(0, at).split(':')
  const nodes = before
    .slice(at + 1)
    .split(',')
    .map((node) => parseNode(node, shape === 'sentinel' ? sentinelPort : redisPort, problem))
  if (shape === 'single' && nodes.length > 1) throw problem('names several hosts; that takes redis+sentinel:// or redis+cluster://')
  const text = (value: string, what: string) => decode(value, what, problem)
  return {
    kind: 'redis',
    shape,
    nodes,
    tls: scheme === 'rediss',
    ...(username === '' ? {} : { username: text(username, 'user name') }),
    ...(password.length === 0 || password.join(':') === '' ? {} : { password: text(password.join(':'), 'password') }),
    ...database(path, shape, problem),
    ...parameters(new URLSearchParams(query), shape, problem),
  }
}

type Problem = (text: string) => WeaverError

function parseNode(node: string, port: number, problem: Problem): RedisNode {
  const [, bracketed, name, given] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?))(?::(\d{1,5}))?$/.exec(node) ?? []
  const host = bracketed ?? name
  if (host === undefined) throw problem('has a host that is no name or address, or a port that is no number')
  const number = given === undefined ? port : Number(given)
  if (number < 1 || number > 65_535) throw problem('has a port that is not between 1 and 65535')
  return { host, port: number }
}

function database(path: string, shape: RedisSettings['shape'], problem: Problem): { readonly db?: number } {
  if (path === '') return {}
  if (!/^\d{1,4}$/.test(path)) throw problem('has a path that is no number of a database')
  if (shape === 'cluster' && path !== '0') throw problem('names a database by number, and a cluster has none')
  return shape === 'cluster' ? {} : { db: Number(path) }
}

function parameters(
  given: URLSearchParams,
  shape: RedisSettings['shape'],
  problem: Problem,
): Pick<RedisSettings, 'master' | 'sentinelUsername' | 'sentinelPassword'> {
  const known = shape === 'sentinel' ? ['master', 'sentinelUsername', 'sentinelPassword'] : []
  for (const name of given.keys()) {
    // The name is not repeated: where a password was not encoded, it may be part of it.
    if (!known.includes(name))
      throw problem(known.length === 0 ? 'takes no parameters' : `has an unknown parameter; known are ${known.join(', ')}`)
    if (given.getAll(name).length > 1) throw problem(`has the parameter ${name} twice`)
  }
  if (shape !== 'sentinel') return {}
  const master = given.get('master') ?? ''
  if (master === '') throw problem('does not say what the Sentinels call the master: ?master=')
  const [sentinelUsername, sentinelPassword] = [given.get('sentinelUsername'), given.get('sentinelPassword')]
  return {
    master,
    ...(sentinelUsername === null ? {} : { sentinelUsername }),
    ...(sentinelPassword === null ? {} : { sentinelPassword }),
  }
}

function decode(text: string, what: string, problem: Problem): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Without a cause: the engine's error could quote what it could not decode.
    throw problem(`has a % in its ${what} that is not percent-encoding; write % as %25`)
  }
}

function invalid(problem: string, example: string): WeaverError {
  return new WeaverError('invalid_settings', `${variable} ${problem}`, {
    errors: [{ field: variable, problem, hint: `Queue: Redis (7 or newer) or PostgreSQL. For example ${example}` }],
  })
}
