import { type AdapterContext, type DialOptions, WeaverError } from '@data-weaver/contracts'
import {
  type Connection,
  listOffsetsV6,
  metadataV9,
  protocolErrors,
  protocolErrorsCodesById,
  saslAuthenticateV2,
  saslHandshakeV1,
  saslPlain,
  saslScramSha,
} from '@platformatic/kafka'
import { Broker } from './broker.ts'
import { brokerError, refused } from './failure.ts'
import { defaults, type KafkaConfig } from './schema.ts'

/** A partition of a topic, and the broker that has its messages. */
export interface Partition {
  readonly topic: string
  readonly partition: number
  /** Host and port. */
  readonly leader: string
}

/** Where a partition's messages are asked for: a time in milliseconds since the Unix epoch, or one of these. */
export const latest = -1
export const earliest = -2

/** The brokers of one connection of the adapter. Every one of them is reached through the egress, also those that another one names. */
export class Cluster {
  readonly #context: AdapterContext<KafkaConfig>
  readonly #brokers = new Map<string, Promise<Broker>>()
  #closed = false

  constructor(context: AdapterContext<KafkaConfig>) {
    this.#context = context
  }

  /** A connection to a broker, ready for requests. @throws WeaverError */
  async broker(address: string): Promise<Broker> {
    let broker = this.#brokers.get(address)
    if (broker === undefined) this.#brokers.set(address, (broker = this.#open(address)))
    return await broker
  }

  /** All partitions of the topics. @throws WeaverError of the last broker that was asked */
  async partitions(): Promise<readonly Partition[]> {
    const { brokers } = this.#context.config
    let last: WeaverError | undefined
    for (const address of brokers) {
      try {
        return await this.#metadata(address)
      } catch (error) {
        this.#context.signal.throwIfAborted()
        last = brokerError(error, address)
        // The others would say the same.
        if (['auth_failed', 'egress_refused', 'missing_secret'].includes(last.code) && brokers.length === 1) break
      }
    }
    throw last ?? new WeaverError('source_unreachable', 'There is no broker to ask')
  }

  /** The offsets at a time, by topic and partition; partitions without a message at or after it are left out. @throws WeaverError */
  async offsets(partitions: readonly Partition[], timestamp: number): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>()
    const byLeader = Map.groupBy(partitions, ({ leader }) => leader)
    await Promise.all(
      [...byLeader].map(async ([leader, own]) => {
        const topics = [...Map.groupBy(own, ({ topic }) => topic)].map(([name, of]) => ({
          name,
          partitions: of.map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: BigInt(timestamp) })),
        }))
        const { connection } = await this.broker(leader)
        const answer = await listOffsetsV6.api.async(connection, -1, readCommitted, topics).catch((error: unknown) => {
          throw brokerError(error, leader)
        })
        for (const { name, partitions: answered } of answer.topics) {
          for (const { partitionIndex, offset } of answered) if (offset >= 0n) found.set(keyOf(name, partitionIndex), Number(offset))
        }
      }),
    )
    return found
  }

  close(): void {
    this.#closed = true
    for (const broker of this.#brokers.values())
      broker.then(
        (open) => open.close(),
        () => {},
      )
    this.#brokers.clear()
  }

  async #metadata(address: string): Promise<readonly Partition[]> {
    const { topics } = this.#context.config
    const { connection } = await this.broker(address)
    const answer = await metadataV9.api.async(connection, [...topics], false, false, false)
    const brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, `${host.includes(':') ? `[${host}]` : host}:${port}`]))
    return answer.topics.flatMap(({ name, errorCode, partitions }) => {
      if (errorCode !== 0) throw refusedBy(errorCode, `topic ${name}`)
      return partitions.map(({ partitionIndex, leaderId, errorCode: problem }) => {
        const leader = brokers.get(leaderId)
        if (leader === undefined) throw refusedBy(problem, `partition ${partitionIndex} of ${name} has no leader`)
        return { topic: name, partition: partitionIndex, leader }
      })
    })
  }

  async #open(address: string): Promise<Broker> {
    const { config, http, clock } = this.#context
    const socket = await http.dial(`${config.tls === true ? 'https' : 'http'}://${address}`, this.#identity())
    const broker = new Broker(socket, address, { clock, requestMs: config.requestMs ?? defaults.requestMs })
    try {
      if (this.#closed) throw new WeaverError('source_truncated', `The connection to ${address} was closed`)
      await this.#authenticate(broker.connection, address)
      return broker
    } catch (error) {
      broker.close()
      throw error
    }
  }

  #identity(): DialOptions {
    if (!this.#context.hasSecret('certificate')) return {}
    return { identity: { certificate: this.#context.secret('certificate'), key: this.#context.secret('private_key') } }
  }

  async #authenticate(connection: Connection, address: string): Promise<void> {
    const { sasl } = this.#context.config
    if (sasl === undefined) return
    const { mechanism, username } = sasl
    const password = this.#context.secret('password')
    try {
      await saslHandshakeV1.api.async(connection, mechanism.toUpperCase())
      if (mechanism === 'plain') await saslPlain.authenticate(saslAuthenticateV2.api, connection, username, password)
      else
        await saslScramSha.authenticate(
          saslAuthenticateV2.api,
          connection,
          mechanism === 'scram-sha-256' ? 'SHA-256' : 'SHA-512',
          username,
          password,
        )
    } catch (error) {
      throw brokerError(error, address)
    }
  }
}

/** Messages of transactions that are open or were given up are not seen. */
export const readCommitted = 1

export const keyOf = (topic: string, partition: number): string => `${topic} ${partition}`

function refusedBy(code: number, what: string): WeaverError {
  const name = protocolErrorsCodesById[code] ?? `error ${code}`
  return refused(name, protocolErrors[name]?.canRetry ?? true, what)
}
