import { createHash, createHmac, createSecretKey, randomUUID } from 'node:crypto'
import { credentialHeader } from '../../src/credential-header.ts'
import { invalidConfig } from '../../src/config.ts'
import type { Hmac } from '../schema/auth.ts'
import type { AuthContext } from './authority.ts'
import type { Authority, Credentials, Unsigned } from './credentials.ts'

/** What may stand in `auth.template`. */
export const signedNames = ['timestamp', 'method', 'host', 'path', 'query', 'target', 'url', 'body', 'bodyHash', 'nonce'] as const

/** @throws WeaverError `missing_secret`, `invalid_config` when the key is not written as it should be. */
export function hmacAuthority(auth: Hmac, context: AuthContext): Authority {
  const text = context.secret(auth.secret)
  const { digest = 'sha256', encoding = 'hex', timestamp, nonce, signature } = auth
  const key = createSecretKey(keyBytes(text, auth))
  const name = auth.key === undefined ? undefined : credentialHeader(context.secret(auth.key.secret), auth.key.secret)
  const constant = [text, ...(name === undefined ? [] : [name])]
  return {
    hidden: constant,
    credentials(request): Credentials {
      const at = writtenNow(context.clock.now(), timestamp?.format ?? 'epochSeconds')
      const once = randomUUID()
      const headers: Record<string, string> = {}
      const query: Record<string, string> = {}
      const put = (place: { in: 'header' | 'query'; name: string } | undefined, value: string) => {
        if (place?.in === 'header') headers[place.name.toLowerCase()] = value
        else if (place !== undefined) query[place.name] = value
      }
      if (name !== undefined) put(auth.key, name)
      put(timestamp, at)
      put(nonce, once)
      // What goes into the query is part of what is signed; the signature itself is behind it.
      const signed = filled(auth.template, partsOf(withQuery(request, query), at, once, digest))
      const value = createHmac(digest, key).update(signed).digest(encoding)
      put(signature, `${signature.prefix ?? ''}${value}`)
      return { headers, query, hidden: [...constant, value] }
    },
  }
}

function keyBytes(text: string, { keyEncoding = 'utf8', secret }: Hmac): Buffer {
  const bytes = Buffer.from(text, keyEncoding)
  const whole =
    keyEncoding === 'hex' ? /^(?:[0-9a-f]{2})+$/i.test(text) : keyEncoding === 'base64' ? /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) : true
  if (whole && bytes.length > 0) return bytes
  throw invalidConfig([{ field: `secrets.${secret}`, problem: `is not written in ${keyEncoding}`, hint: 'See `config.auth.keyEncoding`.' }])
}

function writtenNow(now: number, format: NonNullable<Hmac['timestamp']>['format']): string {
  if (format === 'iso') return new Date(now).toISOString()
  return String(format === 'epochMillis' ? now : Math.floor(now / 1000))
}

function withQuery(request: Unsigned, query: Readonly<Record<string, string>>): Unsigned {
  const added = new URLSearchParams(query).toString()
  if (added === '') return request
  const url = new URL(request.url)
  url.search = url.search === '' ? added : `${url.search}&${added}`
  return { ...request, url }
}

type Parts = Readonly<Record<(typeof signedNames)[number], () => string>>

const partsOf = ({ method, url, body }: Unsigned, at: string, nonce: string, digest: string): Parts => ({
  timestamp: () => at,
  method: () => method,
  host: () => url.host,
  path: () => url.pathname,
  query: () => url.search.slice(1),
  target: () => `${url.pathname}${url.search}`,
  url: () => url.href,
  body: () => body,
  bodyHash: () => createHash(digest).update(body).digest('hex'),
  nonce: () => nonce,
})

const filled = (template: string, parts: Parts): string =>
  template.replaceAll(/\{\{\s*([A-Za-z]+)\s*\}\}/g, (all, name: string) =>
    Object.hasOwn(parts, name) ? parts[name as keyof Parts]() : all,
  )
