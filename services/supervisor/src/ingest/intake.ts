import { createHash } from 'node:crypto'
import { type Clock, type RequestFacts, type ResponseFacts, WeaverError } from '@data-weaver/contracts'
import type { PushOutcome } from '@data-weaver/ledger'
import { v7 as uuidv7 } from 'uuid'
import type { SupervisorParts } from '../parts.ts'
import type { Gate } from './gate.ts'
import type { Target, Targets } from './targets.ts'
import type { Waker } from './waker.ts'

/** A body that was let in. */
export interface Pushed {
  readonly body: Buffer
  readonly contentType: string
  readonly request: RequestFacts
  readonly response: ResponseFacts
  /** What makes it one of a kind within its stream; undefined: nothing does. */
  readonly once: string | undefined
}

export interface Accepted {
  readonly resultId: string
  readonly runId: string
  readonly seq: number
  /** It was accepted before. */
  readonly repeated: boolean
}

export interface IntakeDependencies extends Pick<SupervisorParts, 'ledger' | 'store' | 'clock' | 'log'> {
  readonly targets: Targets
  readonly gate: Gate
  readonly waker: Waker
}

/** Longest time for store and ledger each, milliseconds. Who waits longer than that has hung up. */
const storeMs = 15_000
const commitMs = 15_000
/** Times that a commit is tried again because the stream was changed meanwhile. */
const mostTries = 4
/** When a paused stream is worth trying again, milliseconds. */
const retryPausedMs = 30_000

/**
 * Stores a body and commits it as a run of the stream. Resolves when that is durable.
 * @throws WeaverError `stream_stopped`, `stream_paused`, `not_found`, `idempotency_conflict`, `store_unavailable` and the like.
 */
export async function accept(first: Target, pushed: Pushed, dependencies: IntakeDependencies): Promise<Accepted> {
  const { ledger, gate, waker } = dependencies
  const { body, contentType, request, response, once } = pushed
  const { id: streamId } = first.stream
  const sha256 = createHash('sha256').update(body).digest('hex')
  const resultId = once === undefined ? uuidv7() : onceId(streamId, once)
  if (once !== undefined) {
    const known = await ledger.ingest.find(resultId)
    if (known !== undefined) return sameAgain(resultId, known, sha256)
  }
  const runId = uuidv7()
  const stored = new Set<string>()
  let target = first
  for (let tries = 1; ; tries += 1) {
    const { spec, version } = target
    const key = `${spec.bucket}/${runId}/${resultId}.json`
    await put(key, pushed, stored, dependencies)
    const outcome = await within(
      dependencies.clock,
      ledger.ingest.commit({
        ...{ streamId, version, runId, resultId, key, sha256, size: body.byteLength },
        ...{ contentType, request, response, sinks: spec.sinks },
      }),
    )
    if (outcome.outcome === 'committed') {
      gate.committed(streamId, outcome.deliveryIds.length)
      waker.wake(target.lane, outcome.deliveryIds)
      return { resultId, runId, seq: outcome.seq, repeated: false }
    }
    if (outcome.outcome === 'changed' && tries < mostTries) {
      target = await dependencies.targets.get(streamId, dependencies.clock.monotonic())
      continue
    }
    // A commit whose answer was lost is known by its own run.
    if (outcome.outcome === 'known' && outcome.result.runId === runId) return { resultId, ...outcome.result, repeated: false }
    await forget(stored, dependencies)
    return settled(outcome, target, resultId, sha256)
  }
}

function settled(outcome: Exclude<PushOutcome, { outcome: 'committed' }>, target: Target, resultId: string, sha256: string): Accepted {
  const { name } = target.stream
  if (outcome.outcome === 'known') return sameAgain(resultId, outcome.result, sha256)
  if (outcome.outcome === 'changed')
    throw new WeaverError('overloaded', `stream "${name}" is being changed; try again`, { retryAfterMs: 1000 })
  if (outcome.desired === 'deleted') throw new WeaverError('not_found', `there is no stream "${name}" any more`)
  throw notStarted(name, outcome.desired)
}

export const notStarted = (name: string, desired: 'stopped' | 'paused'): WeaverError =>
  desired === 'stopped'
    ? new WeaverError('stream_stopped', `stream "${name}" is stopped; start it first`)
    : new WeaverError('stream_paused', `stream "${name}" is paused; try again when it goes on`, { retryAfterMs: retryPausedMs })

function sameAgain(
  resultId: string,
  { runId, seq, sha256: before }: { runId: string; seq: number; sha256: string },
  sha256: string,
): Accepted {
  if (before !== sha256)
    throw new WeaverError('idempotency_conflict', 'another body was accepted under this key; use a new key for each new request')
  return { resultId, runId, seq, repeated: true }
}

async function put(key: string, { body, contentType }: Pushed, stored: Set<string>, { store, clock }: IntakeDependencies): Promise<void> {
  if (stored.has(key)) return
  const late = new AbortController()
  const done = new AbortController()
  clock.sleep(storeMs, done.signal).then(
    () => late.abort(new WeaverError('store_unavailable', `the object store did not answer within ${storeMs} ms`)),
    () => {},
  )
  // Before the attempt: one that is cut off may have stored it.
  stored.add(key)
  try {
    await store.put(key, body, { contentType, signal: late.signal })
  } finally {
    done.abort()
  }
}

/** Takes back what was stored and not committed. What is left behind harms nobody. */
async function forget(stored: ReadonlySet<string>, { store, clock, log }: IntakeDependencies): Promise<void> {
  const done = new AbortController()
  const late = new AbortController()
  clock.sleep(storeMs, done.signal).then(
    () => late.abort(),
    () => {},
  )
  await store.delete([...stored], late.signal).catch((error: unknown) => log.debug({ err: error }, 'a body was left in the store'))
  done.abort()
}

async function within<T>(clock: Clock, work: Promise<T>): Promise<T> {
  const done = new AbortController()
  const late = clock.sleep(commitMs, done.signal).then(
    () => Promise.reject(new WeaverError('ledger_unavailable', `the ledger did not answer within ${commitMs} ms`)),
    () => new Promise<never>(() => {}),
  )
  try {
    return await Promise.race([work, late])
  } finally {
    done.abort()
    work.catch(() => {})
  }
}

/** A UUID (version 8, RFC 9562) from the stream and what is one of a kind in it: the same request has the same result. */
function onceId(streamId: string, once: string): string {
  const bytes = createHash('sha256').update(`push ${streamId} ${once}`).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
