import http from 'node:http'
import https from 'node:https'
import { type Clock, type StoredObject, WeaverError } from '@data-weaver/contracts'
import { Client } from 'minio'
import type { S3Settings } from '../store-url.ts'
import { ExchangeError } from './exchange.ts'
import { answerFailure, connectionFailure, entryFailure } from './failure.ts'
import { type Rule, rulesIn } from './lifecycle.ts'

/** Objects of one listing page and of one deletion, the limit of S3. */
export const batchSize = 1000

/** Connections for these operations, which are rare, besides those for objects. */
const connections = 8

export interface BucketOperationsOptions {
  readonly settings: S3Settings
  readonly clock: Clock
  /** Certificate authorities to trust, PEM; absent: those of Node. */
  readonly ca?: string | string[]
  /** Longest time of one operation, milliseconds. */
  readonly timeoutMs: number
}

export interface Listing {
  readonly objects: readonly StoredObject[]
  readonly more: boolean
}

export interface IncompleteUpload {
  /** Of the object, in its bucket. */
  readonly name: string
  readonly uploadId: string
  /** Milliseconds since the Unix epoch. */
  readonly begunAt: number
}

interface Seen {
  status: number
  headers: http.IncomingHttpHeaders
}

/**
 * What is not the hot path, through the minio client. That client knows neither abort nor timeout, and its own retries leave the
 * answers they retry unread, which starves the socket pool. So each operation gets a client with a transport of its own that does
 * these things, its retries are off, and nobody waits for its promise longer than for the signal.
 */
export class BucketOperations {
  readonly #options: BucketOperationsOptions
  readonly #agent: http.Agent
  readonly #running = new Set<AbortController>()

  constructor(options: BucketOperationsOptions) {
    this.#options = options
    this.#agent = options.settings.tls
      ? new https.Agent({ keepAlive: true, maxSockets: connections, ...(options.ca === undefined ? {} : { ca: options.ca }) })
      : new http.Agent({ keepAlive: true, maxSockets: connections })
  }

  /** Names of all buckets that the credentials may see. */
  async names(signal: AbortSignal): Promise<string[]> {
    const buckets = await this.#call('Buckets cannot be listed', signal, (client) => client.listBuckets())
    return buckets.map(({ name }) => String(name))
  }

  /** Makes the bucket; that it is there already is no error. */
  async make(bucket: string, signal: AbortSignal): Promise<void> {
    const { region } = this.#options.settings
    await this.#call(`Bucket ${bucket} cannot be made`, signal, (client) => client.makeBucket(bucket, region), [
      'BucketAlreadyOwnedByYou',
      'BucketAlreadyExists',
    ])
  }

  async exists(bucket: string, signal: AbortSignal): Promise<boolean> {
    return await this.#call(`Bucket ${bucket} cannot be asked for`, signal, (client) => client.bucketExists(bucket))
  }

  /** Removes the bucket if it is empty. */
  async remove(bucket: string, signal: AbortSignal): Promise<void> {
    await this.#call(`Bucket ${bucket} cannot be removed`, signal, (client) => client.removeBucket(bucket), [
      'BucketNotEmpty',
      'NoSuchBucket',
    ])
  }

  /** The first objects (up to {@link batchSize}) of the bucket whose name starts with `prefix` and comes after `after`, in order. */
  async page(bucket: string, prefix: string, after: string, signal: AbortSignal): Promise<Listing> {
    // Version 1 of the interface: the client reads names of digits as numbers in version 2 (007 becomes 7), and its marker is simply
    // the last name, so a page can be asked for again.
    const query = { Delimiter: '', MaxKeys: batchSize }
    const what = `Objects of ${bucket} cannot be listed`
    const page = await this.#call(what, signal, (client) => client.listObjectsQuery(bucket, prefix, after, query), ['NoSuchBucket'])
    const objects: StoredObject[] = []
    for (const { name, size, lastModified } of page?.objects ?? []) {
      if (name !== undefined) objects.push({ key: name, size: size ?? 0, modifiedAt: lastModified?.getTime() ?? 0 })
    }
    // A page without objects has no name to go on from.
    return { objects, more: page?.isTruncated === true && objects.length > 0 }
  }

  /** Deletes up to {@link batchSize} objects. What is not there is no error, nor is a bucket that is not there. */
  async delete(bucket: string, names: readonly string[], signal: AbortSignal): Promise<void> {
    const what = `Objects of ${bucket} cannot be deleted`
    const refused = await this.#call(what, signal, (client) => client.removeObjects(bucket, [...names]), ['NoSuchBucket'])
    for (const entry of refused ?? []) {
      const code = codeOf(entry)
      if (code !== 'NoSuchKey') throw entryFailure(code, what)
    }
  }

  /** Uploads in parts that never came to an end, of objects whose name starts with `prefix`. A bucket that is not there has none. */
  async uploads(bucket: string, prefix: string, signal: AbortSignal): Promise<IncompleteUpload[]> {
    const what = `Uploads to ${bucket} cannot be listed`
    const found: IncompleteUpload[] = []
    for (let [key, id, more] = ['', '', true]; more;) {
      const page = await this.#call(what, signal, (client) => client.listIncompleteUploadsQuery(bucket, prefix, key, id, ''), [
        'NoSuchBucket',
      ])
      for (const upload of page?.uploads ?? []) {
        const begunAt = new Date(upload.initiated).getTime()
        found.push({ name: upload.key, uploadId: upload.uploadId, begunAt: Number.isNaN(begunAt) ? 0 : begunAt })
      }
      more = page?.isTruncated === true && page.nextKeyMarker !== key
      key = page?.nextKeyMarker ?? ''
      id = page?.nextUploadIdMarker ?? ''
    }
    return found
  }

  /** Removes what came of an upload in parts. That it is gone already is no error. */
  async abandon(bucket: string, name: string, uploadId: string, signal: AbortSignal): Promise<void> {
    const what = `An upload to ${bucket} cannot be removed`
    await this.#call(what, signal, (client) => client.abortMultipartUpload(bucket, name, uploadId), ['NoSuchUpload', 'NoSuchBucket'])
  }

  /** Rules by which the store deletes by itself. Undefined: it knows none. */
  async rules(bucket: string, signal: AbortSignal): Promise<readonly Rule[] | 'missing' | undefined> {
    const none = ['NoSuchLifecycleConfiguration', 'NoSuchBucket', 'NotImplemented', 'MethodNotAllowed']
    const what = `Rules of ${bucket} cannot be read`
    let refused: string | undefined
    const ask = async (client: Client): Promise<readonly Rule[]> => {
      try {
        return rulesIn(await client.getBucketLifecycle(bucket))
      } catch (error) {
        refused = codeOf(error)
        throw error
      }
    }
    const found = await this.#call(what, signal, ask, none)
    if (found !== undefined) return found
    return refused === 'NoSuchBucket' ? 'missing' : refused === 'NoSuchLifecycleConfiguration' ? [] : undefined
  }

  /** Sets these rules and no others. Answers whether the store took them. */
  async setRules(bucket: string, rules: readonly Rule[], signal: AbortSignal): Promise<boolean> {
    const what = `Rules of ${bucket} cannot be set`
    const set = async (client: Client): Promise<true> => {
      if (rules.length === 0) await client.removeBucketLifecycle(bucket)
      else await client.setBucketLifecycle(bucket, { Rule: rules } as never)
      return true
    }
    const refusals = ['InvalidArgument', 'MalformedXML', 'InvalidRequest', 'NotImplemented', 'MethodNotAllowed']
    return (await this.#call(what, signal, set, refusals)) === true
  }

  /** Cuts off what is under way. */
  close(): void {
    for (const stop of this.#running) stop.abort(new WeaverError('store_unavailable', 'The object store is closed'))
    this.#agent.destroy()
  }

  /** Runs one operation. Answers undefined when the store answered with one of the `accepted` codes. */
  #call<T>(what: string, signal: AbortSignal, operation: (client: Client) => Promise<T>): Promise<T>
  #call<T>(
    what: string,
    signal: AbortSignal,
    operation: (client: Client) => Promise<T>,
    accepted: readonly string[],
  ): Promise<T | undefined>
  async #call<T>(
    what: string,
    signal: AbortSignal,
    operation: (client: Client) => Promise<T>,
    accepted: readonly string[] = [],
  ): Promise<T | undefined> {
    signal.throwIfAborted()
    const over = new AbortController()
    const stop = new AbortController()
    const seen: Seen = { status: 0, headers: {} }
    const onAbort = () => stop.abort(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    this.#running.add(stop)
    const { clock, timeoutMs } = this.#options
    const late = clock.sleep(timeoutMs, over.signal).then(
      () => stop.abort(new ExchangeError('timeout', 'no complete answer in time')),
      () => {},
    )
    // The client's promise may stay pending for ever when a connection is cut at the wrong moment.
    const stopped = new Promise<never>((_resolve, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true })
    })
    try {
      const result = await Promise.race([operation(this.#client(stop.signal, seen)), stopped])
      // The client takes a page of HTML for an empty list and for a deletion without errors.
      const { 'content-type': type = '' } = seen.headers
      if (typeof result === 'object' && !type.includes('xml')) throw new Error(`the answer is ${type || 'of no type'}, not XML`)
      return result
    } catch (error) {
      const code = codeOf(error)
      if (code !== undefined && accepted.includes(code)) return undefined
      if (stop.signal.aborted) throw connectionFailure(stop.signal.reason, signal, what)
      // With an answer the client's own error is about that answer; a retryable status hides its code from us.
      if (seen.status >= 300) throw answerFailure(seen, code, what)
      if (seen.status !== 0 && code === undefined)
        throw new WeaverError('store_refused', `${what}: what answers there is no S3 store`, { cause: error })
      throw connectionFailure(error, signal, what)
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#running.delete(stop)
      over.abort()
      await late
    }
  }

  #client(signal: AbortSignal, seen: Seen): Client {
    const { host, port, tls, region, style, credentials } = this.#options.settings
    return new Client({
      endPoint: host,
      port,
      useSSL: tls,
      region,
      pathStyle: style === 'path',
      accessKey: credentials.accessKey,
      secretKey: credentials.secretKey,
      transport: transport(tls ? https : http, signal, seen),
      transportAgent: this.#agent,
      retryOptions: { disableRetry: true },
    })
  }
}

/** Statuses whose answer the client throws away unread. */
const unread = new Set([408, 429, 499, 500, 502, 503, 504, 520])

function transport(plain: typeof http | typeof https, signal: AbortSignal, seen: Seen): Pick<typeof http, 'request'> {
  const request = (options: https.RequestOptions, callback: (response: http.IncomingMessage) => void): http.ClientRequest =>
    plain.request({ ...options, signal }, (response) => {
      seen.status = response.statusCode ?? 0
      seen.headers = response.headers
      if (unread.has(seen.status)) response.resume()
      // The connection may break while nobody listens any more.
      response.on('error', () => {})
      callback(response)
    })
  return { request: request as typeof http.request }
}

/** The client throws errors with `code`, and for some answers the parsed XML itself, with `Code`. */
function codeOf(error: unknown): string | undefined {
  const { code, Code } = (error ?? {}) as { code?: unknown; Code?: unknown }
  return [code, Code].find((value): value is string => typeof value === 'string')
}
