import { WeaverError } from '@data-weaver/contracts'

/** Longest key, bytes: the limit of S3, which both drivers keep so that objects can move between stores. */
export const maxKeyBytes = 1024

/**
 * Largest object, bytes. One upload of S3 may have 5 GiB; a body is held in memory, so the limit is where a mistake is likelier than
 * a page.
 */
export const maxObjectBytes = 1024 ** 3

/** Largest object that is stored piece by piece, bytes: what a multipart upload of S3 has room for with parts of 8 MiB, and some to spare. */
export const maxStreamBytes = 64 * 1024 ** 3

// A bucket is named by the stricter rules of S3 in every driver: a key that one store takes, the other takes too.
const bucketPattern = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/
const bucketStart = /^(?:[a-z0-9][a-z0-9-]{0,62})?$/
const segmentPattern = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,200}$/
const segmentStart = /^[A-Za-z0-9._-]{0,200}$/
const keyPattern = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]{1,200})+$/

export const isBucket = (name: string): boolean => bucketPattern.test(name)
export const isSegment = (name: string): boolean => segmentPattern.test(name)
export const isKey = (key: string): boolean => key.length <= maxKeyBytes && keyPattern.test(key)

/** @throws WeaverError `store_refused` when it is not a key. */
export function checkKey(key: string): void {
  if (isKey(key)) return
  throw new WeaverError(
    'store_refused',
    `${quote(key)} is not a key: <bucket>/<segment>/… with a bucket of 3-63 a-z 0-9 - and segments of 1-200 A-Z a-z 0-9 . _ -, together up to ${maxKeyBytes}`,
  )
}

/** @throws WeaverError `store_refused` when no key can start like this. */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split('/')
  const last = segments.pop() ?? ''
  const [bucket, ...folders] = segments
  const start = bucket === undefined ? bucketStart : segmentStart
  const valid = (bucket === undefined || isBucket(bucket)) && folders.every(isSegment) && start.test(last) && prefix.length <= maxKeyBytes
  if (!valid) throw new WeaverError('store_refused', `${quote(prefix)} is not the start of a key`)
}

/** @throws WeaverError `store_refused` when the body is larger than {@link maxObjectBytes}. */
export function checkSize(key: string, bytes: number): void {
  if (bytes > maxObjectBytes) throw new WeaverError('store_refused', `${key} has ${bytes} bytes, more than the limit of ${maxObjectBytes}`)
}

/** @throws WeaverError `store_refused` when more came of a body than {@link maxStreamBytes}. */
export function checkStreamSize(key: string, bytes: number): void {
  if (bytes > maxStreamBytes) throw new WeaverError('store_refused', `${key} has more bytes than the limit of ${maxStreamBytes}`)
}

/** The bucket and the rest of a valid key. */
export function splitKey(key: string): { readonly bucket: string; readonly name: string } {
  const slash = key.indexOf('/')
  return { bucket: key.slice(0, slash), name: key.slice(slash + 1) }
}

// What was given may be anything, of any length: it is cut and its control characters are escaped before it gets into a message.
const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
