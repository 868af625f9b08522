import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { createContextValues } from '@connectrpc/connect'
import type { AdapterContext, Json } from '@data-weaver/contracts'
import type { LiveConnection } from '../live/pages.ts'
import type { LiveMessage } from '../live/segment.ts'
import type { Redaction } from '../redaction.ts'
import { grpcConnection } from './connection.ts'
import { grpcFailure } from './failure.ts'

/** A call that the source answers with messages for as long as it likes. */
export interface GrpcCall<I extends DescMessage, O extends DescMessage> {
  /** `http:` or `https:`; a path is put before that of the method. */
  readonly endpoint: string
  readonly method: DescMethodServerStreaming<I, O>
  readonly request: MessageInitShape<I>
  /** Metadata of the call, credentials among it. They are not stored. */
  readonly headers?: Readonly<Record<string, string>>
  /** Takes the credentials out of what the source says of a failure. */
  readonly redact: Redaction
  /** The source goes on right behind what the request names. */
  readonly resumed: boolean
  /** From where it would go on behind this message; undefined where that is not known. */
  positionOf(message: MessageShape<O>): Json | undefined
  /** Longest time without a message, in milliseconds. */
  readonly idleMs: number
  /** Largest message, in bytes. */
  readonly maxMessageBytes: number
}

/** How often a connection is asked whether it lives, and how long it has to answer, in milliseconds. */
const pingMs = 20_000
const pingTimeoutMs = 10_000

/**
 * A live connection that is one call by gRPC, on a connection of its own. Its messages are stored as protobuf has them, fields that the
 * descriptors here do not know included. What goes wrong is a WeaverError of its messages.
 */
export function grpcLive<I extends DescMessage, O extends DescMessage>(
  { http, clock, signal }: Pick<AdapterContext, 'http' | 'clock' | 'signal'>,
  call: GrpcCall<I, O>,
): LiveConnection {
  const { endpoint, method, idleMs, maxMessageBytes, redact } = call
  const over = new AbortController()
  const ending = AbortSignal.any([signal, over.signal])
  const options = { endpoint, http, clock, idleMs, pingMs, pingTimeoutMs, maxMessageBytes }
  const request = create(method.input, call.request)
  async function* messages(): AsyncGenerator<LiveMessage> {
    try {
      const said = grpcConnection(options, ending, async function* (transport, until) {
        const answer = await transport.stream(method, until, undefined, call.headers, one(request), createContextValues())
        yield* answer.message
      })
      for await (const message of said) {
        yield { at: clock.now(), data: toBinary(method.output, message), position: call.positionOf(message) }
      }
    } catch (thrown) {
      signal.throwIfAborted()
      throw grpcFailure(thrown, { redact, clock })
    }
  }
  return {
    facts: {
      request: { method: 'POST', url: `${endpoint.replace(/\/+$/, '')}/${method.parent.typeName}/${method.name}`, headers: {} },
      response: { status: 200, headers: {}, receivedAt: new Date(clock.now()).toISOString(), durationMs: 0 },
    },
    messages: messages(),
    resumed: call.resumed,
    close: () => over.abort(),
  }
}

async function* one<T>(message: T): AsyncGenerator<T> {
  yield message
}
