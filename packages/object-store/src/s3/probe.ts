import { randomUUID } from 'node:crypto'
import type { Clock } from '@data-weaver/contracts'
import type { BucketOperations } from './bucket-operations.ts'
import { answerFailure, errorCode } from './failure.ts'
import type { Objects } from './objects.ts'

/** The bucket that streams use unless they say otherwise. */
const probedBucket = 'results'

/** No key can start like this, so probes are in nobody's way and in no listing. */
const probePrefix = '~probe/'

/** A probe takes seconds. One that is older, milliseconds, was left by a process that died. */
const leftoverAgeMs = 3_600_000

const body = Buffer.from('Written to find out whether the store can be written to. May be deleted.\n')
const what = 'The object store cannot be written to'

/** Finds out whether objects can be stored, by storing one. Nothing stays behind: the object goes, and the bucket if it was made for this. */
export class Probe {
  readonly #objects: Objects
  readonly #buckets: BucketOperations
  readonly #clock: Clock
  /** Whether the store honours `If-None-Match`, when that is known. */
  #honoured: boolean | undefined

  constructor(objects: Objects, buckets: BucketOperations, clock: Clock) {
    this.#objects = objects
    this.#buckets = buckets
    this.#clock = clock
  }

  /** Answers whether the store honours conditional puts. */
  async run(bucketPrefix: string, signal: AbortSignal): Promise<boolean> {
    const bucket = `${bucketPrefix}${probedBucket}`
    const name = `${probePrefix}${randomUUID()}`
    let made = false
    let stored = false
    try {
      let answer = await this.#put(bucket, name, signal)
      if (answer.status === 404 && errorCode(answer) === 'NoSuchBucket') {
        await this.#buckets.make(bucket, signal)
        made = true
        answer = await this.#put(bucket, name, signal)
      }
      if (errorCode(answer) === 'NotImplemented' && this.#honoured === undefined) {
        this.#honoured = false
        answer = await this.#put(bucket, name, signal)
      }
      // 412: an earlier try of this probe came through although its answer did not.
      if (answer.status !== 200 && answer.status !== 412) throw answerFailure(answer, errorCode(answer), what)
      stored = true
      if (this.#honoured === undefined) {
        const again = await this.#put(bucket, name, signal)
        if (again.status !== 200 && again.status !== 412) throw answerFailure(again, errorCode(again), what)
        this.#honoured = again.status === 412
        if (!made) await this.#removeLeftovers(bucket, signal)
      }
      return this.#honoured
    } finally {
      // What may have come through although its answer did not is left for the next first probe.
      if (stored) await this.#buckets.delete(bucket, [name], signal)
      if (made) await this.#buckets.remove(bucket, signal)
    }
  }

  #put(bucket: string, name: string, signal: AbortSignal) {
    return this.#objects.put(bucket, name, { body, contentType: 'text/plain', onlyIfMissing: this.#honoured !== false }, signal, what)
  }

  async #removeLeftovers(bucket: string, signal: AbortSignal): Promise<void> {
    const { objects } = await this.#buckets.page(bucket, probePrefix, '', signal)
    const old = objects.filter(({ modifiedAt }) => this.#clock.now() - modifiedAt > leftoverAgeMs).map(({ key }) => key)
    if (old.length > 0) await this.#buckets.delete(bucket, old, signal)
  }
}
