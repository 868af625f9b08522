import { resolve } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { Clock, Log, ObjectStore } from '@data-weaver/contracts'
import { CompressedStore, type PlainStore } from './compressed-store.ts'
import { openFileStore } from './file/file-store.ts'
import { S3Store } from './s3/s3-store.ts'
import { parseStoreUrl, type StoreSettings } from './store-url.ts'

export { maxKeyBytes, maxObjectBytes, maxStreamBytes } from './key.ts'
export {
  type Compression,
  type Encryption,
  type FileSettings,
  parseStoreUrl,
  type S3Credentials,
  type S3Settings,
  type StoreSettings,
} from './store-url.ts'

export interface ObjectStoreOptions {
  readonly clock: Clock
  readonly log: Log
  /** From 0 to below 1, for the waits between tries. */
  readonly random: () => number
  /** Folder that a relative `file:` path starts from. Default: the working folder of the process. */
  readonly baseDir?: string
  /** Certificate authorities to trust besides those of Node when S3 is reached over TLS, PEM. */
  readonly caCertificates?: string
  readonly signal?: AbortSignal
}

/**
 * Opens the object store at a URL, whose forms {@link parseStoreUrl} describes. A folder is made when it is missing, and what dead
 * writers left in it is removed. S3 is not contacted yet: call `probe` to know whether it answers; the first probe also logs a
 * warning when it does not honour conditional puts.
 * @throws WeaverError `invalid_settings` for the URL; for a folder also `store_refused`, `store_unavailable`, `store_full`.
 */
export async function openObjectStore(url: string, options: ObjectStoreOptions): Promise<ObjectStore> {
  const settings = parseStoreUrl(url)
  options.signal?.throwIfAborted()
  return new CompressedStore(await openPlain(settings, options), settings.compression)
}

async function openPlain(settings: StoreSettings, options: ObjectStoreOptions): Promise<PlainStore> {
  const { clock, log, random, baseDir, caCertificates, signal } = options
  if (settings.kind === 's3') {
    const ca = caCertificates === undefined ? {} : { ca: [...rootCertificates, caCertificates] }
    return new S3Store({ settings, clock, log, random, ...ca })
  }
  const root = baseDir === undefined ? resolve(settings.path) : resolve(baseDir, settings.path)
  return await openFileStore({ root, clock, log, ...(signal === undefined ? {} : { signal }) })
}
