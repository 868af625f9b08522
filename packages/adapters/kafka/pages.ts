import { type AdapterContext, type JsonObject, type Page, type SourceGap, WeaverError } from '@data-weaver/contracts'
import { fingerprintOf } from '../src/fingerprint.ts'
import { liveLimits } from '../src/live/connecting.ts'
import { type LiveConnection, livePages } from '../src/live/pages.ts'
import type { LiveMessage } from '../src/live/segment.ts'
import { Cluster, earliest, keyOf, latest, type Partition } from './cluster.ts'
import { type Chunk, fetchAll, OutOfRange } from './fetching.ts'
import { stored } from './message.ts'
import { Mailbox } from './mailbox.ts'
import { defaults, type KafkaConfig } from './schema.ts'

/** How often it is looked whether there are more partitions, milliseconds. */
const lookMs = 60_000

/** Where each partition goes on: offsets by topic and partition. */
type Position = Readonly<Record<string, Readonly<Record<string, number>>>>

type Context = AdapterContext<KafkaConfig>

export function pages(context: Context): AsyncIterable<Page> {
  const { config } = context
  const sorted = [...config.topics].toSorted((a, b) => (a < b ? -1 : 1))
  // Told from one connection to the next: what was lost between them.
  const memory: Memory = { fellBehind: false }
  return livePages(context, {
    of: fingerprintOf({ topics: sorted }),
    ...liveLimits(config),
    connect: (position) => connect(context, position as Position | undefined, memory),
  })
}

interface Memory {
  fellBehind: boolean
}

async function connect(context: Context, position: Position | undefined, memory: Memory): Promise<LiveConnection> {
  const { config, clock } = context
  const cluster = new Cluster(context)
  try {
    const askedAt = clock.now()
    const [partitions, begin] = await within(context, async () => {
      const all = await cluster.partitions()
      return [all, await beginning(cluster, all, position, config.start ?? defaults.start)] as const
    })
    const now = clock.now()
    const address = config.brokers[0] as string
    memory.fellBehind = false
    return {
      facts: {
        request: { method: 'FETCH', url: `kafka://${address}/${config.topics.join(',')}`, headers: {} },
        response: {
          status: 200,
          headers: { 'content-type': 'application/x-ndjson' },
          receivedAt: new Date(now).toISOString(),
          durationMs: now - askedAt,
        },
      },
      messages: messages(context, cluster, partitions, begin.offsets, memory),
      resumed: position !== undefined && !begin.missing,
      position: positionOf(partitions, begin.offsets) as JsonObject,
      gapReason: (): SourceGap['reason'] | undefined => (memory.fellBehind ? 'slowConsumer' : undefined),
      close: () => cluster.close(),
    }
  } catch (error) {
    cluster.close()
    throw error
  }
}

/** Ends the attempt when the brokers take too long to say where messages are. */
async function within<T>({ config, clock }: Context, work: () => Promise<T>): Promise<T> {
  const openMs = config.openMs ?? defaults.openMs
  const done = new AbortController()
  const late = clock.sleep(openMs, done.signal).then(
    () => Promise.reject(new WeaverError('source_timeout', `the brokers did not say where messages are within ${openMs} ms`)),
    () => new Promise<never>(() => {}),
  )
  const working = work()
  working.catch(() => {})
  try {
    return await Promise.race([working, late])
  } finally {
    done.abort()
  }
}

/** Where each partition begins, and whether messages behind the checkpoint are gone. */
async function beginning(
  cluster: Cluster,
  partitions: readonly Partition[],
  position: Position | undefined,
  start: string,
): Promise<{ readonly offsets: Map<string, number>; readonly missing: boolean }> {
  const [oldest, end] = await Promise.all([cluster.offsets(partitions, earliest), cluster.offsets(partitions, latest)])
  const started =
    position !== undefined || start === 'earliest'
      ? oldest
      : start === 'latest'
        ? end
        : await cluster.offsets(partitions, Date.parse(start))
  let missing = false
  const offsets = new Map<string, number>()
  for (const { topic, partition } of partitions) {
    const key = keyOf(topic, partition)
    const first = oldest.get(key) ?? 0
    const last = end.get(key) ?? first
    const wanted = position?.[topic]?.[partition]
    // A partition that was added since is read from its beginning; one whose offsets are lower than they were was made anew.
    const gone = wanted !== undefined && (wanted < first || wanted > last)
    missing ||= gone
    offsets.set(key, wanted === undefined ? (started.get(key) ?? last) : gone ? first : wanted)
  }
  return { offsets, missing }
}

/** The messages of all partitions as they come, each with the offsets behind it. */
async function* messages(
  context: Context,
  cluster: Cluster,
  partitions: readonly Partition[],
  offsets: Map<string, number>,
  memory: Memory,
): AsyncGenerator<LiveMessage> {
  const mailbox = new Mailbox<readonly Chunk[]>()
  let position = positionOf(partitions, offsets)
  const work = [...Map.groupBy(partitions, ({ leader }) => leader)].map(async ([leader, own]) => {
    for await (const chunks of fetchAll(cluster, leader, own, offsets, context)) if (!(await mailbox.put(chunks))) return
  })
  const watching = new AbortController()
  for (const one of [...work, watchPartitions(context, cluster, partitions, mailbox, watching.signal)])
    one.catch((error: unknown) => mailbox.fail(error))
  try {
    for await (const chunks of mailbox) {
      for (const { topic, partition, messages: fetched, next } of chunks) {
        for (const [index, message] of fetched.entries()) {
          // Behind the last one there may be markers and messages that are gone: they need not be asked for again.
          const behind = index === fetched.length - 1 ? next : message.offset + 1
          position = { ...position, [topic]: { ...position[topic], [partition]: behind } }
          yield { at: context.clock.now(), data: stored(message), position: position as JsonObject }
        }
      }
    }
  } catch (error) {
    if (!(error instanceof OutOfRange)) throw error
    // The next connection begins with what there is, and says what is missing.
    memory.fellBehind = true
    throw new WeaverError('source_truncated', `${error.message}: the messages there are gone`)
  } finally {
    watching.abort()
    mailbox.close()
    cluster.close()
  }
}

/** Ends the messages in good order when there are other partitions: the next connection reads those as well. */
async function watchPartitions(
  { clock }: Context,
  cluster: Cluster,
  partitions: readonly Partition[],
  mailbox: Mailbox<readonly Chunk[]>,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    if (
      !(await clock.sleep(lookMs, signal).then(
        () => true,
        () => false,
      ))
    )
      return
    if ((await cluster.partitions()).length !== partitions.length) return mailbox.end()
  }
}

function positionOf(partitions: readonly Partition[], offsets: ReadonlyMap<string, number>): Position {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
  return Object.fromEntries(
    [...byTopic].map(([topic, own]) => [
      topic,
      Object.fromEntries(own.map(({ partition }) => [partition, offsets.get(keyOf(topic, partition)) ?? 0])),
    ]),
  )
}
