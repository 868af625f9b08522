import {
  type Clock,
  type LifecycleOutcome,
  type LinkOptions,
  type Log,
  type ObjectStore,
  type ObjectStream,
  type PutOptions,
  type StoredObject,
  WeaverError,
} from '@data-weaver/contracts'
import { checkKey, checkPrefix, checkSize, isBucket, isKey, splitKey } from '../key.ts'
import type { S3Settings } from '../store-url.ts'
import { BucketOperations, batchSize } from './bucket-operations.ts'
import type { Answer } from './exchange.ts'
import { answerFailure, errorCode, saysMissing } from './failure.ts'
import { bringRules } from './lifecycle.ts'
import { type MultipartParts, putInParts } from './multipart.ts'
import { Objects, type Upload } from './objects.ts'
import { Probe } from './probe.ts'
import { readObject } from './read-object.ts'
import { type RetryLimits, retryLimits, withRetries } from './retry.ts'

/** Longest time of one try, milliseconds; bodies get more by their size. */
const tryMs = 30_000

/** Longest bucket name of S3. */
const maxBucketLength = 63

export interface S3StoreOptions {
  readonly settings: S3Settings
  readonly clock: Clock
  readonly log: Log
  /** From 0 to below 1. */
  readonly random: () => number
  /** Certificate authorities to trust, PEM; absent: those of Node. */
  readonly ca?: string | string[]
  readonly retries?: RetryLimits
  /** Longest time of one try, milliseconds; bodies get more by their size. Default 30,000. */
  readonly timeoutMs?: number
}

/**
 * Objects in S3. The first segment of a key is the bucket, which is made when something is first put into it. Puts and gets are signed
 * here and sent by undici; the rest goes through the minio client.
 *
 * A put is conditional (`If-None-Match: *`), so of several writers of a key one creates it. When the connection breaks after the
 * store has the object and before it says so, the next try finds it there: `created` is then false although this call created it.
 */
export class S3Store implements ObjectStore {
  readonly #options: S3StoreOptions
  readonly #objects: Objects
  readonly #buckets: BucketOperations
  readonly #probe: Probe
  readonly #making = new Map<string, Promise<void>>()
  readonly #life = new AbortController()
  readonly #streams: MultipartParts
  readonly link?: (key: string, options: LinkOptions) => string
  /** Whether the store honours `If-None-Match`. Believed until it shows otherwise. */
  #conditional = true

  constructor(options: S3StoreOptions) {
    const { settings, clock, ca } = options
    const parts = { settings, clock, timeoutMs: options.timeoutMs ?? tryMs, ...(ca === undefined ? {} : { ca }) }
    this.#options = options
    this.#objects = new Objects(parts)
    this.#buckets = new BucketOperations(parts)
    this.#probe = new Probe(this.#objects, this.#buckets, clock)
    this.#streams = {
      objects: this.#objects,
      log: options.log,
      retried: (signal, attempt) => this.#retried(signal, attempt),
      life: this.#life.signal,
    }
    if (settings.presign) {
      this.link = (key, link) => {
        checkKey(key)
        const { bucket, name } = this.#place(key)
        return this.#objects.link(bucket, name, link)
      }
    }
  }

  put(key: string, body: Uint8Array, { contentType, contentEncoding, signal }: PutOptions): Promise<{ readonly created: boolean }> {
    const what = `${key.slice(0, 300)} cannot be stored`
    return this.#retried(signal, () => {
      checkKey(key)
      checkSize(key, body.byteLength)
      checkContentType(contentType, what)
      const { bucket, name } = this.#place(key)
      const encoding = contentEncoding === undefined ? {} : { contentEncoding }
      return this.#putOnce(bucket, name, { body, contentType, ...encoding, onlyIfMissing: this.#conditional }, signal, what)
    })
  }

  async putStream(
    key: string,
    pieces: AsyncIterable<Uint8Array>,
    { contentType, contentEncoding, signal }: PutOptions,
  ): Promise<{ readonly created: boolean }> {
    this.#life.signal.throwIfAborted()
    const what = `${key.slice(0, 300)} cannot be stored`
    checkKey(key)
    checkContentType(contentType, what)
    const place = this.#place(key)
    const encoding = contentEncoding === undefined ? {} : { contentEncoding }
    return await putInParts(
      this.#streams,
      {
        place,
        key,
        contentType,
        ...encoding,
        conditional: () => this.#conditional,
        makeBucket: () => this.#makeBucket(place.bucket, signal),
        small: (body) => this.put(key, body, { contentType, ...encoding, signal }),
        signal,
        what,
      },
      pieces,
    )
  }

  getStream(key: string, signal: AbortSignal): Promise<ObjectStream> {
    return this.getFrom(key, 0, signal)
  }

  /** As `getStream`, from a byte on. */
  async getFrom(key: string, from: number, signal: AbortSignal): Promise<ObjectStream> {
    checkKey(key)
    const what = `${key.slice(0, 300)} cannot be read`
    return await readObject({ ...this.#streams, place: this.#place(key), key, what, signal }, from)
  }

  async sweep(prefix: string, before: number, signal: AbortSignal): Promise<number> {
    checkPrefix(prefix)
    const slash = prefix.indexOf('/')
    const buckets = slash === -1 ? await this.#bucketsFrom(prefix, signal) : [prefix.slice(0, slash)]
    const start = slash === -1 ? '' : prefix.slice(slash + 1)
    let swept = 0
    for (const bucket of buckets) {
      const real = `${this.#options.settings.bucketPrefix}${bucket}`
      const uploads = await this.#retried(signal, () => this.#buckets.uploads(real, start, signal))
      for (const { name, uploadId } of uploads.filter(({ begunAt }) => begunAt < before)) {
        await this.#retried(signal, () => this.#buckets.abandon(real, name, uploadId, signal))
        swept += 1
      }
    }
    return swept
  }

  get(key: string, signal: AbortSignal): Promise<Uint8Array> {
    const what = `${key.slice(0, 300)} cannot be read`
    return this.#retried(signal, async () => {
      checkKey(key)
      const { bucket, name } = this.#place(key)
      const answer = await this.#objects.get(bucket, name, signal, what)
      if (saysMissing(answer)) throw new WeaverError('object_missing', `There is no object ${key}`)
      if (answer.status !== 200) throw answerFailure(answer, errorCode(answer), what)
      const { 'content-length': length } = answer.headers
      if (length !== undefined && Number(length) !== answer.body.length) {
        throw new WeaverError('object_corrupt', `${what}: ${answer.body.length} of ${String(length)} bytes came`)
      }
      return answer.body
    })
  }

  async delete(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const byBucket = new Map<string, string[]>()
    for (const key of keys) {
      checkKey(key)
      const { bucket, name } = this.#place(key)
      const names = byBucket.get(bucket)
      if (names === undefined) byBucket.set(bucket, [name])
      else names.push(name)
    }
    for (const [bucket, names] of byBucket) {
      for (let start = 0; start < names.length; start += batchSize) {
        await this.#retried(signal, () => this.#buckets.delete(bucket, names.slice(start, start + batchSize), signal))
      }
    }
    signal.throwIfAborted()
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
    checkPrefix(prefix)
    const { bucketPrefix } = this.#options.settings
    const slash = prefix.indexOf('/')
    const buckets = slash === -1 ? await this.#bucketsFrom(prefix, signal) : [prefix.slice(0, slash)]
    // MinIO refuses a prefix that ends like a relative path, although `.hidden` starts with a dot.
    const start = slash === -1 ? '' : prefix.slice(slash + 1).replace(/(^|\/)\.{1,2}$/, '$1')
    for (const bucket of buckets) {
      let after = ''
      for (let more = true; more;) {
        const page = await this.#retried(signal, () => this.#buckets.page(`${bucketPrefix}${bucket}`, start, after, signal))
        for (const object of page.objects) {
          signal.throwIfAborted()
          const key = `${bucket}/${object.key}`
          // What is no key was not put here by us, or is a probe.
          if (isKey(key) && key.startsWith(prefix)) yield { ...object, key }
        }
        after = page.objects.at(-1)?.key ?? after
        more = page.more
      }
    }
  }

  expireAfter(bucket: string, days: number | null, signal: AbortSignal): Promise<LifecycleOutcome> {
    checkPrefix(`${bucket}/`)
    return this.#retried(signal, () => bringRules(this.#buckets, `${this.#options.settings.bucketPrefix}${bucket}`, days, signal))
  }

  /** Stores and deletes a small object. The first time it also finds out whether the store honours conditional puts. */
  async probe(signal: AbortSignal): Promise<void> {
    const honoured = await this.#retried(signal, () => this.#probe.run(this.#options.settings.bucketPrefix, signal))
    if (honoured === false) this.#withoutConditions()
  }

  async close(): Promise<void> {
    this.#life.abort(new WeaverError('store_unavailable', 'The object store is closed'))
    await this.#objects.close()
    this.#buckets.close()
  }

  async #putOnce(bucket: string, name: string, upload: Upload, signal: AbortSignal, what: string): Promise<{ readonly created: boolean }> {
    if (!upload.onlyIfMissing) {
      const there = await this.#objects.head(bucket, name, signal, what)
      if (there.status === 200) return { created: false }
      if (there.status !== 404) throw answerFailure(there, errorCode(there), what)
    }
    for (let bucketsMade = 0; ; bucketsMade += 1) {
      const answer = await this.#objects.put(bucket, name, upload, signal, what)
      if (answer.status === 200) return created(answer, what)
      if (answer.status === 412) return { created: false }
      const code = errorCode(answer)
      if (code === 'NotImplemented' && upload.onlyIfMissing) {
        this.#withoutConditions()
        return this.#putOnce(bucket, name, { ...upload, onlyIfMissing: false }, signal, what)
      }
      // Made again once: somebody may remove it, as an empty bucket, between the two requests.
      if (code !== 'NoSuchBucket' || bucketsMade === 2) throw answerFailure(answer, code, what)
      await this.#makeBucket(bucket, signal)
    }
  }

  /** The bucket's real name and the name in it. */
  #place(key: string): { readonly bucket: string; readonly name: string } {
    const { bucket, name } = splitKey(key)
    const real = `${this.#options.settings.bucketPrefix}${bucket}`
    if (real.length > maxBucketLength)
      throw new WeaverError('store_refused', `The bucket ${real} has a name of more than ${maxBucketLength} characters`)
    return { bucket: real, name }
  }

  /** Buckets of ours (without the prefix of the settings) whose name starts with `start`, in the order of their keys. */
  async #bucketsFrom(start: string, signal: AbortSignal): Promise<string[]> {
    const { bucketPrefix } = this.#options.settings
    const names = await this.#retried(signal, () => this.#buckets.names(signal))
    const ours = names.filter((name) => name.startsWith(`${bucketPrefix}${start}`)).map((name) => name.slice(bucketPrefix.length))
    // The slash takes part: `a-b/…` comes before `a/…`.
    return ours.filter(isBucket).sort((a, b) => (`${a}/` < `${b}/` ? -1 : 1))
  }

  /** Callers that need the same bucket share its making; each waits only as long as its own signal. */
  async #makeBucket(bucket: string, signal: AbortSignal): Promise<void> {
    let making = this.#making.get(bucket)
    if (making === undefined) {
      making = this.#buckets.make(bucket, this.#life.signal).finally(() => this.#making.delete(bucket))
      making.catch(() => {})
      this.#making.set(bucket, making)
    }
    await untilAborted(making, signal)
  }

  #withoutConditions(): void {
    if (!this.#conditional) return
    this.#conditional = false
    const { host, port } = this.#options.settings
    this.#options.log.warn(
      { host, port },
      'The object store does not honour If-None-Match: an object written by two at once may be written twice',
    )
  }

  async #retried<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
    const { clock, random, retries } = this.#options
    const whileOpen = () => {
      this.#life.signal.throwIfAborted()
      return attempt()
    }
    return await withRetries(whileOpen, signal, { clock, random, limits: retries ?? retryLimits })
  }
}

function checkContentType(contentType: string, what: string): void {
  if (!/^[\x20-\x7e]{1,200}$/.test(contentType)) throw new WeaverError('store_refused', `${what}: its content type is no header value`)
}

/** Many a web server answers 200 to anything. A store names the version it stored. */
function created({ headers }: Answer, what: string): { readonly created: true } {
  if (headers['etag'] === undefined)
    throw new WeaverError('store_refused', `${what}: what answers there is no S3 store, its answer has no ETag`)
  return { created: true }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
