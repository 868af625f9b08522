import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { defaults, type PushAuth } from './schema.ts'

/** Headers of a request: lower-case names. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

export interface SignedRequest {
  readonly headers: Headers
  /** As it came over the wire, packed when it was. */
  readonly body: Uint8Array
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/**
 * `once`: the signature covers a time, so it belongs to one request alone; a request with the same one is a copy. What is wrong with a
 * refused one is said in words that give nothing away.
 */
export type Verdict = { readonly valid: true; readonly once?: string } | { readonly valid: false; readonly problem: string }

export interface SenderCheck {
  /** Whether the request has what is looked at, before its body is read. */
  claims(headers: Headers): boolean
  /** Whether all is known from the headers: then no body is needed. */
  readonly fromHeaders: boolean
  verify(request: SignedRequest): Verdict
}

const refused = (problem: string): Verdict => ({ valid: false, problem })

/** @param keys the signing keys, each of which is enough */
export function senderCheck(auth: PushAuth, keys: readonly string[]): SenderCheck {
  switch (auth.type) {
    case 'token':
      return tokenCheck(auth, keys)
    case 'hmac':
      return hmacCheck(auth, keys)
    case 'github':
      return hmacCheck({ type: 'hmac', header: 'x-hub-signature-256', prefix: 'sha256=' }, keys)
    case 'stripe':
      return stripeCheck(auth, keys)
    case 'standardWebhooks':
      return standardCheck(auth, keys)
  }
}

function tokenCheck({ header, prefix = '' }: Extract<PushAuth, { type: 'token' }>, keys: readonly string[]): SenderCheck {
  const name = header.toLowerCase()
  const digests = keys.map((key) => digest(key))
  return {
    claims: (headers) => single(headers, name)?.startsWith(prefix) === true,
    fromHeaders: true,
    verify({ headers }) {
      const given = digest(single(headers, name)?.slice(prefix.length) ?? '')
      // All are compared, so that the time it takes says nothing.
      const right = digests.filter((one) => timingSafeEqual(one, given))
      return right.length > 0 ? { valid: true } : refused('the token is not the one of the stream')
    },
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function hmacCheck(auth: Extract<PushAuth, { type: 'hmac' }>, keys: readonly string[]): SenderCheck {
  const { header, algorithm = 'sha256', encoding = 'hex', prefix = '', timestamp } = auth
  const name = header.toLowerCase()
  const timeName = timestamp?.header.toLowerCase()
  const secrets = keys.map(keyOf)
  return {
    claims: (headers) =>
      single(headers, name)?.startsWith(prefix) === true && (timeName === undefined || single(headers, timeName) !== undefined),
    fromHeaders: false,
    verify({ headers, body, now }) {
      const signature = Buffer.from((single(headers, name) ?? '').slice(prefix.length), encoding)
      if (timestamp === undefined || timeName === undefined)
        return matches(secrets, algorithm, [body], [signature]) ? { valid: true } : wrong
      const { before = '', separator = '.', toleranceSeconds = defaults.toleranceSeconds } = timestamp
      const time = single(headers, timeName) ?? ''
      const late = timeProblem(time, now, toleranceSeconds)
      if (late !== undefined) return refused(late)
      const signed = matches(secrets, algorithm, [`${before}${time}${separator}`, body], [signature])
      return signed ? { valid: true, once: signature.toString('hex') } : wrong
    },
  }
}

function stripeCheck(
  { toleranceSeconds = defaults.toleranceSeconds }: { readonly toleranceSeconds?: number | undefined },
  keys: readonly string[],
): SenderCheck {
  const name = 'stripe-signature'
  const secrets = keys.map(keyOf)
  return {
    claims: (headers) => single(headers, name) !== undefined,
    fromHeaders: false,
    verify({ headers, body, now }) {
      const parts = (single(headers, name) ?? '').split(',').map((part) => part.trim().split('=', 2))
      const time = parts.find(([key]) => key === 't')?.[1] ?? ''
      const signatures = parts.flatMap(([key, value]) => (key === 'v1' && value !== undefined ? [Buffer.from(value, 'hex')] : []))
      const late = timeProblem(time, now, toleranceSeconds)
      if (late !== undefined) return refused(late)
      const found = matches(secrets, 'sha256', [`${time}.`, body], signatures.slice(0, mostSignatures))
      return found ? { valid: true, once: found.toString('hex') } : wrong
    },
  }
}

function standardCheck(
  { toleranceSeconds = defaults.toleranceSeconds }: { readonly toleranceSeconds?: number | undefined },
  keys: readonly string[],
): SenderCheck {
  const secrets = keys.map((key) =>
    key.startsWith('whsec_') ? createSecretKey(Buffer.from(key.slice('whsec_'.length), 'base64')) : keyOf(key),
  )
  return {
    claims: (headers) => ['webhook-id', 'webhook-timestamp', 'webhook-signature'].every((name) => single(headers, name) !== undefined),
    fromHeaders: false,
    verify({ headers, body, now }) {
      const time = single(headers, 'webhook-timestamp') ?? ''
      const signatures = (single(headers, 'webhook-signature') ?? '')
        .split(' ')
        .flatMap((part) => (part.startsWith('v1,') ? [Buffer.from(part.slice(3), 'base64')] : []))
      const late = timeProblem(time, now, toleranceSeconds)
      if (late !== undefined) return refused(late)
      const found = matches(secrets, 'sha256', [`${single(headers, 'webhook-id')}.${time}.`, body], signatures.slice(0, mostSignatures))
      return found ? { valid: true, once: found.toString('hex') } : wrong
    },
  }
}

/** Signatures of one request that are looked at. */
const mostSignatures = 4

const wrong = refused('the signature does not fit the body')

const keyOf = (key: string): KeyObject => createSecretKey(Buffer.from(key))

/** The signature that fits one of the keys. */
function matches(
  keys: readonly KeyObject[],
  algorithm: string,
  signed: readonly (string | Uint8Array)[],
  signatures: readonly Buffer[],
): Buffer | undefined {
  let found: Buffer | undefined
  for (const key of keys) {
    const hmac = createHmac(algorithm, key)
    for (const part of signed) hmac.update(part)
    const expected = hmac.digest()
    for (const signature of signatures) {
      if (signature.length === expected.length && timingSafeEqual(signature, expected)) found = signature
    }
  }
  return found
}

function timeProblem(text: string, now: number, toleranceSeconds: number): string | undefined {
  if (!/^\d{1,12}$/.test(text)) return 'the time of the signature is not in seconds since 1970'
  return Math.abs(now / 1000 - Number(text)) <= toleranceSeconds ? undefined : 'the time of the signature is too far from now'
}

function single(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : undefined
}
