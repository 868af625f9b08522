import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto'
import type { S3Credentials } from '../store-url.ts'

/** Says that the signature does not cover the body. Over TLS nobody can change it on the way. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD'

export interface SignedRequest {
  readonly method: 'GET' | 'PUT' | 'HEAD' | 'DELETE' | 'POST'
  /** Host with port, as the `host` header has it. */
  readonly host: string
  /** Path of unreserved characters and slashes only, which is what keys are made of: nothing needs encoding. */
  readonly path: string
  /** As {@link queryText} makes it, without the question mark. Default: none. */
  readonly query?: string
  /** SHA-256 of the body in hex, or {@link unsignedPayload}. */
  readonly payload: string
  /** Headers to sign besides `host` and those that start with `x-amz-`. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

export interface SignedAddress {
  readonly host: string
  readonly path: string
  /** Seconds. */
  readonly expiresIn: number
  readonly query: Readonly<Record<string, string>>
}

/** Everything but unreserved characters, as the signature wants it. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)

/** Parameters as they are sent and signed: in order, everything encoded that the signature wants encoded. */
export const queryText = (parameters: Readonly<Record<string, string>>): string =>
  Object.keys(parameters)
    .sort()
    .map((name) => `${encode(name)}=${encode(parameters[name] as string)}`)
    .join('&')

/** SHA-256 of nothing. */
export const emptyPayload = hash('sha256', '', 'hex')

/**
 * Signs requests by AWS Signature Version 4, header form. The key of a day is derived once: `createHmac` with a key
 * object costs a tenth of one with a buffer, so a signature is a few microseconds.
 */
export class Signer {
  readonly #credentials: S3Credentials
  readonly #region: string
  #day = ''
  #key: KeyObject | undefined
  #second = -1
  #time = ''

  constructor(credentials: S3Credentials, region: string) {
    this.#credentials = credentials
    this.#region = region
  }

  /** All headers of the request, the signature included. `now` is milliseconds since the Unix epoch. */
  headers(request: SignedRequest, now: number): Record<string, string> {
    const time = this.#timeOf(now)
    const day = time.slice(0, 8)
    const headers: Record<string, string> = {
      ...request.headers,
      host: request.host,
      'x-amz-content-sha256': request.payload,
      'x-amz-date': time,
    }
    const names = Object.keys(headers).sort()
    const signed = names.join(';')
    let canonical = `${request.method}\n${request.path}\n${request.query ?? ''}\n`
    for (const name of names) canonical += `${name}:${headers[name]}\n`
    canonical += `\n${signed}\n${request.payload}`
    const scope = `${day}/${this.#region}/s3/aws4_request`
    const signature = createHmac('sha256', this.#keyOf(day))
      .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical, 'hex')}`)
      .digest('hex')
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${this.#credentials.accessKey}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
    return headers
  }

  /** The query of an address that may be fetched for `expiresIn` seconds by anybody who has it. */
  query({ host, path, expiresIn, query }: SignedAddress, now: number): string {
    const time = this.#timeOf(now)
    const day = time.slice(0, 8)
    const scope = `${day}/${this.#region}/s3/aws4_request`
    const parameters: Readonly<Record<string, string>> = {
      ...query,
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${this.#credentials.accessKey}/${scope}`,
      'X-Amz-Date': time,
      'X-Amz-Expires': String(expiresIn),
      'X-Amz-SignedHeaders': 'host',
    }
    const canonicalQuery = queryText(parameters)
    const canonical = `GET\n${path}\n${canonicalQuery}\nhost:${host}\n\nhost\n${unsignedPayload}`
    const signature = createHmac('sha256', this.#keyOf(day))
      .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonical, 'hex')}`)
      .digest('hex')
    return `${canonicalQuery}&X-Amz-Signature=${signature}`
  }

  /** `20130524T000000Z` */
  #timeOf(now: number): string {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#time = `${new Date(second * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    }
    return this.#time
  }

  #keyOf(day: string): KeyObject {
    if (this.#key === undefined || day !== this.#day) {
      const step = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
      const ofService = step(step(step(`AWS4${this.#credentials.secretKey}`, day), this.#region), 's3')
      this.#key = createSecretKey(step(ofService, 'aws4_request'))
      this.#day = day
    }
    return this.#key
  }
}
