import { type AdapterContext, WeaverError } from '@data-weaver/contracts'
import { credentialHeader } from '../src/credential-header.ts'
import { grpcConnection } from '../src/grpc/connection.ts'
import { backoffMs } from '../src/live/backoff.ts'
import { type Redaction, redaction } from '../src/redaction.ts'
import { callFailure, isUnimplemented } from './failure.ts'
import { type Asked, blocks, type ProtocolVersion, type Said } from './protocol.ts'
import { limitsOf, type SubstreamsConfig } from './schema.ts'

/** An endpoint that asks for more patience ends the run, which is tried again when the endpoint wants it. Milliseconds. */
const longestAskedMs = 300_000

/** Near the head of some chains minutes go by between two blocks: pings tell a quiet endpoint from one that is gone. Milliseconds. */
const pingMs = 20_000
const pingTimeoutMs = 10_000

/** The fourth version of the protocol puts several blocks into one message. */
const maxMessageBytes = 128 * 1024 * 1024

/** `auto`: the newest first. */
const newestFirst: readonly ProtocolVersion[] = ['v4', 'v3', 'v2']

/** What stays the same for all connections of a run. */
export interface Following {
  readonly context: AdapterContext<SubstreamsConfig>
  readonly asked: Asked
  readonly credentials: Credentials
  /** Where to begin without a cursor: as it is asked for, or the block that the endpoint has found that to mean. */
  startBlock: number
  /** The version that the endpoint has, once it is known. */
  version: ProtocolVersion | undefined
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly redact: Redaction
}

/** @throws WeaverError `invalid_config` when a secret cannot be a header. */
export function credentialsOf(context: AdapterContext<SubstreamsConfig>): Credentials {
  const headers: Record<string, string> = {}
  const hidden: string[] = []
  for (const [name, header, prefix] of [
    ['token', 'authorization', 'Bearer '],
    ['apiKey', 'x-api-key', ''],
  ] as const) {
    if (!context.hasSecret(name)) continue
    const secret = context.secret(name)
    hidden.push(secret)
    headers[header] = credentialHeader(`${prefix}${secret}`, name)
  }
  return { headers, redact: redaction(hidden) }
}

/**
 * What the endpoint says from a cursor on, through as many connections as it takes. Ends when the endpoint ends in good order at a stop
 * block.
 * @param signal ends it at once, the run's own or earlier
 * @throws WeaverError what cannot be mended by another connection, or was not by several.
 */
export async function* follow(following: Following, from: string | undefined, signal: AbortSignal): AsyncGenerator<Said> {
  const { context, asked } = following
  const { reconnect } = limitsOf(asked.config)
  let cursor = from
  let failures = 0
  for (;;) {
    let error: WeaverError
    try {
      for await (const said of speak(following, cursor, signal)) {
        if (said.kind === 'blocks') cursor = said.blocks.at(-1)?.cursor ?? cursor
        else if (said.kind === 'undo') cursor = said.to.cursor
        // The head of the chain moves on: another connection has to begin at the same block.
        else if (!said.working && cursor === undefined && following.startBlock < 0)
          following.startBlock = said.startBlock ?? following.startBlock
        if (said.kind !== 'alive' || said.working) failures = 0
        yield said
      }
      if (asked.config.stopBlock !== undefined) return
      error = new WeaverError('source_unavailable', 'The endpoint ended a stream that has no end.')
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof WeaverError)) throw thrown
      error = thrown
    }
    failures += 1
    const tooLong = (error.retryAfterMs ?? 0) > longestAskedMs
    if (!error.retryable || failures >= reconnect.maxFailures || tooLong) throw error
    const pauseMs = backoffMs(failures, reconnect, error.retryAfterMs)
    context.log.warn(
      { code: error.code, upstreamCode: error.upstreamCode, failures, pauseMs },
      'the stream of blocks was cut; it goes on from its cursor',
    )
    await context.clock.sleep(pauseMs, signal)
  }
}

/** One connection, in the newest version that the endpoint has. */
async function* speak(following: Following, cursor: string | undefined, signal: AbortSignal): AsyncGenerator<Said> {
  const { context, asked, credentials, startBlock } = following
  const { config, http, clock, log } = context
  const candidates =
    following.version !== undefined
      ? [following.version]
      : config.protocol === 'auto' || config.protocol === undefined
        ? newestFirst
        : [config.protocol]
  for (const [index, version] of candidates.entries()) {
    let heard = false
    let proved = false
    try {
      const options = { endpoint: config.endpoint, http, clock, idleMs: limitsOf(config).idleMs, pingMs, pingTimeoutMs, maxMessageBytes }
      const call = { version, asked, startBlock, cursor, headers: credentials.headers, redact: credentials.redact }
      for await (const said of grpcConnection(options, signal, (transport, over) => blocks(transport, { ...call, signal: over }))) {
        if (!heard) log.info({ version, cursor: cursor !== undefined }, 'the endpoint sends blocks')
        heard = true
        proved ||= said.kind !== 'alive' || said.working
        following.version = version
        yield said
      }
      following.version = version
      return
    } catch (thrown) {
      signal.throwIfAborted()
      if (isUnimplemented(thrown) && !heard && index < candidates.length - 1) continue
      throw callFailure(thrown, { redact: credentials.redact, clock, cursorUnproved: cursor !== undefined && !proved })
    }
  }
}
