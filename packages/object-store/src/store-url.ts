import { isAbsolute, parse as parsePath } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { WeaverError } from '@data-weaver/contracts'

export type StoreSettings = FileSettings | S3Settings

/** How new objects are made smaller. What is stored already can be read with any setting. */
export type Compression = 'zstd'

/** Who encrypts what lies on the disks of the store: the store by a key of its own, or by one of its key management. */
export type Encryption = { readonly algorithm: 'AES256' } | { readonly algorithm: 'aws:kms'; readonly key?: string }

export interface FileSettings {
  readonly kind: 'file'
  readonly compression?: Compression
  /** As it was given: absolute, or relative to the `baseDir` of the options. */
  readonly path: string
}

export interface S3Settings {
  readonly kind: 's3'
  /** Name or address, an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly region: string
  /** Where the bucket stands in the address: `path` is `host/bucket/…`, `host` is `bucket.host/…`. */
  readonly style: 'path' | 'host'
  /** Put before the bucket of a key, to tell installations apart that share an account: `acme-` makes `acme-results` of `results`. */
  readonly bucketPrefix: string
  readonly compression?: Compression
  readonly encryption?: Encryption
  /** Whether addresses are given away under which anybody may fetch an object for a while. */
  readonly presign: boolean
  readonly credentials: S3Credentials
}

/** An access key and its secret, which neither prints nor serialises. */
export class S3Credentials {
  readonly #accessKey: string
  readonly #secretKey: string

  constructor(accessKey: string, secretKey: string) {
    this.#accessKey = accessKey
    this.#secretKey = secretKey
  }

  get accessKey(): string {
    return this.#accessKey
  }

  get secretKey(): string {
    return this.#secretKey
  }

  toJSON(): string {
    return '[credentials]'
  }

  [inspect.custom](): string {
    return '[credentials]'
  }
}

const variable = 'WEAVER_STORE_URL'
const fileExample = `${variable}=file:///var/lib/weaver/objects`
const s3Example = `${variable}=s3://ACCESS-KEY:SECRET-KEY@minio.internal:9000/?region=us-east-1&tls=0`

/**
 * Reads the address of an object store. Pure: nothing is opened, nothing is looked up.
 *
 * A folder: `file:///var/lib/weaver/objects`, or relative `file:.weaver/objects`. Percent-encoding as in every file URL. It takes one
 * parameter, `compress`.
 *
 * S3: `s3://ACCESS-KEY:SECRET-KEY@host:port/?parameters`. Access key and secret key are percent-encoded (`/` is `%2F`, `+` may stay).
 * Without a port it is 443, or 80 without TLS. Parameters, all optional:
 * - `region`: default `us-east-1`.
 * - `tls`: `1` (default) or `0`, for a store in a network of its own.
 * - `style`: `path` (default: `host/bucket/key`) or `host` (`bucket.host/key`, for stores that take no other).
 * - `prefix`: put before each bucket's name, up to 20 of `a-z 0-9 -`, for installations that share an account.
 * - `compress`: `none` (default) or `zstd`, for new objects that get smaller by it.
 * - `sse`: `AES256` or `aws:kms`, the encryption that is asked of the store, and with the latter `kmsKey`, the id of a key.
 * - `presign`: `1` lets clients of the API ask for a redirection to the store itself. Default `0`.
 *
 * @throws WeaverError `invalid_settings` naming WEAVER_STORE_URL. Neither message nor fields contain the value, since it may hold a secret.
 */
export function parseStoreUrl(url: string): StoreSettings {
  if (url.startsWith('file:')) return parseFileUrl(url)
  if (url.startsWith('s3:')) return parseS3Url(url)
  throw invalid('must begin with file: or s3:', fileExample)
}

function parseFileUrl(url: string): FileSettings {
  const [, rest = '', query, fragment] = /^file:([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url) ?? []
  const compression =
    query === undefined ? {} : compressionOf(onlyKnown(new URLSearchParams(query), ['compress'], fileExample), fileExample)
  if (fragment !== undefined) throw invalid('has a # that is not percent-encoded as %23', fileExample)
  const path = rest.startsWith('/') ? absolutePath(`file:${rest}`) : decode(rest, 'path', fileExample)
  if (path === '') throw invalid('names no folder', fileExample)
  if (path.includes('\0')) throw invalid('has a NUL in its path', fileExample)
  if (isAbsolute(path) && parsePath(path).root === path) throw invalid('must name a folder of its own, not the root', fileExample)
  return { kind: 'file', path, ...compression }
}

function absolutePath(url: string): string {
  if (/^file:\/\/(?!\/|localhost\/)/.test(url))
    throw invalid('has two slashes after file:, which names a machine; an absolute path has one or three', fileExample)
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw invalid('is not a file URL', fileExample, error)
  }
}

function parseS3Url(url: string): S3Settings {
  const parsed = URL.parse(url)
  if (parsed === null || !url.startsWith('s3://')) {
    throw invalid(
      'is not of the form s3://ACCESS-KEY:SECRET-KEY@host:port/ (in the keys, percent-encode / as %2F, @ as %40, : as %3A)',
      s3Example,
    )
  }
  if (parsed.username === '' || parsed.password === '') throw invalid('has no access key and secret key', s3Example)
  if (parsed.hostname === '') throw invalid('has no host', s3Example)
  if (!/^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/.test(parsed.hostname))
    throw invalid('has a host that is no name or address', s3Example)
  if (parsed.pathname !== '' && parsed.pathname !== '/') {
    throw invalid('must have no path: the bucket is part of the key; an installation of its own takes ?prefix=', s3Example)
  }
  if (parsed.hash !== '') throw invalid('has a # that is not percent-encoded as %23', s3Example)
  if (parsed.port === '0') throw invalid('has port 0', s3Example)
  const parameters = readParameters(parsed.searchParams)
  const host = parsed.hostname.toLowerCase().replace(/^\[|\]$/g, '')
  const numeric = host.includes(':') || /^[0-9.]+$/.test(host)
  if (parameters.style === 'host' && numeric)
    throw invalid('has style=host with an address; buckets need a name to stand before', s3Example)
  const accessKey = decode(parsed.username, 'access key', s3Example)
  const secretKey = decode(parsed.password, 'secret key', s3Example)
  // It goes into a header. A slash or an equals sign would end it early there.
  if (!/^[\x21-\x7e]+$/.test(accessKey) || /[/=,]/.test(accessKey))
    throw invalid('has an access key that is not plain ASCII without / = and comma', s3Example)
  return {
    kind: 's3',
    host,
    port: parsed.port === '' ? (parameters.tls ? 443 : 80) : Number(parsed.port),
    ...parameters,
    credentials: new S3Credentials(accessKey, secretKey),
  }
}

type Parameters = Pick<S3Settings, 'region' | 'tls' | 'style' | 'bucketPrefix' | 'compression' | 'encryption' | 'presign'>

function readParameters(parameters: URLSearchParams): Parameters {
  const known = ['region', 'tls', 'style', 'prefix', 'compress', 'sse', 'kmsKey', 'presign']
  const given = onlyKnown(parameters, known, s3Example)
  const region = given.get('region') ?? 'us-east-1'
  const tls = given.get('tls') ?? '1'
  const style = given.get('style') ?? 'path'
  const bucketPrefix = given.get('prefix') ?? ''
  const presign = given.get('presign') ?? '0'
  if (!/^[a-z0-9-]{1,40}$/.test(region)) throw invalid('has a region that is not 1-40 of a-z 0-9 -', s3Example)
  if (tls !== '0' && tls !== '1') throw invalid('has a tls that is neither 0 nor 1', s3Example)
  if (style !== 'path' && style !== 'host') throw invalid('has a style that is neither path nor host', s3Example)
  if (!/^(?:[a-z0-9][a-z0-9-]{0,19})?$/.test(bucketPrefix))
    throw invalid('has a prefix that is not 1-20 of a-z 0-9 -, beginning with a letter or digit', s3Example)
  if (presign !== '0' && presign !== '1') throw invalid('has a presign that is neither 0 nor 1', s3Example)
  const more = { ...compressionOf(given, s3Example), ...encryptionOf(given), presign: presign === '1' }
  return { region, tls: tls === '1', style, bucketPrefix, ...more }
}

function onlyKnown(given: URLSearchParams, known: readonly string[], example: string): URLSearchParams {
  for (const name of given.keys()) {
    // The name is not repeated: where a secret key was not encoded, it may be part of it.
    if (!known.includes(name)) throw invalid(`has an unknown parameter; known are ${known.join(', ')}`, example)
    if (given.getAll(name).length > 1) throw invalid(`has the parameter ${name} twice`, example)
  }
  return given
}

function compressionOf(given: URLSearchParams, example: string): { readonly compression?: Compression } {
  const compress = given.get('compress') ?? 'none'
  if (compress !== 'none' && compress !== 'zstd') throw invalid('has a compress that is neither none nor zstd', example)
  return compress === 'none' ? {} : { compression: compress }
}

function encryptionOf(given: URLSearchParams): { readonly encryption?: Encryption } {
  const [algorithm, key] = [given.get('sse'), given.get('kmsKey')]
  if (algorithm !== null && algorithm !== 'AES256' && algorithm !== 'aws:kms')
    throw invalid('has an sse that is neither AES256 nor aws:kms', s3Example)
  if (key !== null && algorithm !== 'aws:kms') throw invalid('has a kmsKey without sse=aws:kms', s3Example)
  if (key !== null && !/^[A-Za-z0-9:/_.-]{1,500}$/.test(key)) throw invalid('has a kmsKey that is no id of a key', s3Example)
  if (algorithm === null) return {}
  return { encryption: algorithm === 'AES256' ? { algorithm } : { algorithm, ...(key === null ? {} : { key }) } }
}

function decode(text: string, what: string, example: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Without a cause: the engine's error could quote what it could not decode.
    throw invalid(`has a % in its ${what} that is not percent-encoding; write % as %25`, example)
  }
}

function invalid(problem: string, example: string, cause?: unknown): WeaverError {
  return new WeaverError('invalid_settings', `${variable} ${problem}`, {
    errors: [{ field: variable, problem, hint: `Object store for raw responses: a folder or S3. For example ${example}` }],
    ...(cause === undefined ? {} : { cause }),
  })
}
