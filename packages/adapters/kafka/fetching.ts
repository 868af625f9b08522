import type { AdapterContext } from '@data-weaver/contracts'
import { fetchV12, type KafkaRecord, protocolErrors, protocolErrorsCodesById, type RecordsBatch, ResponseError } from '@platformatic/kafka'
import { type Cluster, keyOf, type Partition, readCommitted } from './cluster.ts'
import { brokerError, outOfRange, refused } from './failure.ts'
import type { KafkaConfig } from './schema.ts'

type FetchResponse = fetchV12.FetchResponse

/** How long a broker may wait for messages before it answers that there are none, milliseconds. */
const longestWaitMs = 1000
/** Most bytes of one answer, and of each partition in it. A single batch may be larger. */
const answerBytes = 4 * 1024 * 1024
const partitionBytes = 1024 * 1024

/** A message of a partition. */
export interface Fetched {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the Unix epoch, as its producer or its broker has it. */
  readonly timestamp: number
  readonly record: KafkaRecord
}

/** What one answer of a broker has of one partition. */
export interface Chunk {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly Fetched[]
  /** Where the partition goes on behind it, also when there are no messages of ours in it. */
  readonly next: number
}

/** The broker has no message at the offset any more: what was there is gone. */
export class OutOfRange extends Error {
  override readonly name = 'OutOfRange'
}

/**
 * Asks one broker for the messages of its partitions, again and again, until the cluster is closed. `offsets` are where to begin, and are
 * moved on. @throws WeaverError, or {@link OutOfRange}
 */
export async function* fetchAll(
  cluster: Cluster,
  leader: string,
  partitions: readonly Partition[],
  offsets: Map<string, number>,
  { signal }: Pick<AdapterContext<KafkaConfig>, 'signal'>,
): AsyncGenerator<readonly Chunk[]> {
  const { connection } = await cluster.broker(leader)
  for (;;) {
    signal.throwIfAborted()
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topicId, own]) => ({
      topicId,
      partitions: own.map(({ topic, partition }) => ({
        ...{ partition, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: partitionBytes },
        fetchOffset: BigInt(offsets.get(keyOf(topic, partition)) ?? 0),
      })),
    }))
    let answer: FetchResponse
    try {
      answer = await fetchV12.api.async(connection, longestWaitMs, 1, answerBytes, readCommitted, 0, -1, topics, [], '')
    } catch (error) {
      // The library takes one partition's refusal for all; the answer is in its error.
      if (!(error instanceof ResponseError) || (error as { response?: unknown }).response === undefined) throw brokerError(error, leader)
      answer = (error as unknown as { response: FetchResponse }).response
    }
    if (answer.errorCode !== 0) throw refusedBy(answer.errorCode, leader)
    const chunks = answer.responses.flatMap(({ topicId: topic, partitions: answered }) =>
      answered.map((one) => {
        if (one.errorCode !== 0) throw refusedBy(one.errorCode, `partition ${one.partitionIndex} of ${topic}`)
        return chunkOf(
          topic,
          one.partitionIndex,
          offsets.get(keyOf(topic, one.partitionIndex)) ?? 0,
          one.records ?? [],
          one.abortedTransactions ?? [],
        )
      }),
    )
    for (const { topic, partition, next } of chunks) offsets.set(keyOf(topic, partition), next)
    const some = chunks.filter(({ messages }) => messages.length > 0)
    if (some.length > 0) yield some
  }
}

function refusedBy(code: number, what: string): Error {
  const name = protocolErrorsCodesById[code] ?? `error ${code}`
  return name === outOfRange ? new OutOfRange(what) : refused(name, protocolErrors[name]?.canRetry ?? true, what)
}

/** Bits of a batch's attributes. */
const transactional = 1 << 4
const control = 1 << 5
const appendTime = 1 << 3

interface Aborted {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

function chunkOf(topic: string, partition: number, from: number, batches: readonly RecordsBatch[], aborted: readonly Aborted[]): Chunk {
  const messages: Fetched[] = []
  let next = from
  const open = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const givenUp = new Set<bigint>()
  for (const batch of batches) {
    const last = Number(batch.firstOffset) + batch.lastOffsetDelta
    while (open[0] !== undefined && open[0].firstOffset <= BigInt(last)) givenUp.add((open.shift() as Aborted).producerId)
    next = Math.max(next, last + 1)
    if ((batch.attributes & control) !== 0) {
      // The marker at the end of a transaction: what its producer writes from here on is another one.
      givenUp.delete(batch.producerId)
      continue
    }
    if ((batch.attributes & transactional) !== 0 && givenUp.has(batch.producerId)) continue
    for (const record of batch.records) {
      const offset = Number(batch.firstOffset) + record.offsetDelta
      // A batch comes whole, also what is before the offset that was asked for.
      if (offset < from) continue
      const timestamp = (batch.attributes & appendTime) !== 0 ? batch.maxTimestamp : batch.firstTimestamp + record.timestampDelta
      messages.push({ topic, partition, offset, timestamp: Number(timestamp), record })
    }
  }
  return { topic, partition, messages, next }
}
