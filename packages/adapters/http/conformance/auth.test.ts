import { createHash, createHmac } from 'node:crypto'
import { describeAdapter, type Scenario, type SourceRequest } from '../../src/conformance.ts'
import { http } from '../index.ts'
import { items, keys, odd, slice, unauthorized } from './items.ts'

const pagination = { type: 'page', parameter: 'page', size: { value: 3 }, stop: { on: 'shortPage' } }
const pages = [keys(7, 6, 5), keys(4, 3, 2), keys(1)]
const page = ({ url }: SourceRequest) => ({ body: slice(items, Number(url.searchParams.get('page'))) })

/** A refused token is renewed, and the request goes again. */
const impossible = ['401']

const clientCredentials: Scenario = {
  name: 'OAuth 2, the client for itself',
  secretNames: ['clientSecret'],
  config: (origin) => ({
    values: { realm: 'main' },
    request: { url: `${origin}/items` },
    auth: {
      type: 'oauth2',
      grant: 'clientCredentials',
      tokenUrl: `${origin}/{{config.realm}}/token`,
      clientId: 'weaver',
      secret: 'clientSecret',
      scope: 'read list',
      parameters: { audience: 'items' },
    },
    pagination,
    primaryKey: ['id'],
  }),
  aside: ({ url }) => url.pathname === '/main/token',
  answer(request, { clientSecret = '' }) {
    if (request.url.pathname === '/items')
      return request.headers.authorization === 'Bearer token-of-the-client' ? page(request) : unauthorized
    const form = new URLSearchParams(request.body)
    const encoded = new URLSearchParams({ s: clientSecret }).toString().slice(2)
    const proof = `Basic ${Buffer.from(`weaver:${encoded}`).toString('base64')}`
    if (request.headers.authorization !== proof) return { status: 401, body: { error: 'invalid_client' } }
    const asked = [form.get('grant_type'), form.get('scope'), form.get('audience')].join()
    return asked === 'client_credentials,read list,items' ? { body: { access_token: 'token-of-the-client', expires_in: 3600 } } : odd
  },
  pages,
  impossible,
}

const refreshToken: Scenario = {
  name: 'OAuth 2, with a refresh token that stays',
  secretNames: ['refresh', 'clientSecret'],
  config: (origin) => ({
    request: { url: `${origin}/items` },
    auth: {
      type: 'oauth2',
      grant: 'refreshToken',
      tokenUrl: `${origin}/token`,
      clientId: 'weaver',
      clientAuth: 'body',
      secret: 'clientSecret',
      refreshSecret: 'refresh',
      rotates: false,
    },
    pagination,
    primaryKey: ['id'],
  }),
  aside: ({ url }) => url.pathname === '/token',
  answer(request, { refresh, clientSecret }) {
    if (request.url.pathname === '/items') return request.headers.authorization === 'Bearer refreshed' ? page(request) : unauthorized
    const {
      grant_type: grant,
      refresh_token: given,
      client_id: id,
      client_secret: proof,
    } = Object.fromEntries(new URLSearchParams(request.body))
    const right = grant === 'refresh_token' && given === refresh && id === 'weaver' && proof === clientSecret
    return right ? { body: { access_token: 'refreshed', refresh_token: refresh } } : { status: 400, body: { error: 'invalid_grant' } }
  },
  pages,
  impossible,
}

const session: Scenario = {
  name: 'a session token from a login',
  secretNames: ['password'],
  config: (origin) => ({
    request: { url: `${origin}/items` },
    auth: {
      type: 'session',
      login: { url: `${origin}/login`, fields: { user: 'weaver' }, secrets: { pass: 'password' } },
      token: { in: 'body', path: 'session.id' },
      header: { name: 'X-Session', prefix: 'id ' },
    },
    pagination,
    primaryKey: ['id'],
  }),
  aside: ({ url }) => url.pathname === '/login',
  answer(request, { password }) {
    if (request.url.pathname === '/items') return request.headers['x-session'] === 'id s-0123456789' ? page(request) : unauthorized
    return request.body === JSON.stringify({ user: 'weaver', pass: password })
      ? { body: { session: { id: 's-0123456789' } } }
      : unauthorized
  },
  pages,
  impossible,
}

const hmac: Scenario = {
  name: 'signed requests',
  secretNames: ['key', 'keyName'],
  config: (origin) => ({
    request: { url: `${origin}/items`, method: 'POST', body: { kind: 'all' } },
    auth: {
      type: 'hmac',
      secret: 'key',
      template: '{{timestamp}}\n{{method}}\n{{target}}\n{{bodyHash}}\n{{nonce}}',
      digest: 'sha512',
      encoding: 'base64',
      signature: { in: 'header', name: 'X-Sign', prefix: 'v1=' },
      timestamp: { in: 'query', name: 'ts', format: 'epochMillis' },
      nonce: { in: 'header', name: 'X-Nonce' },
      key: { in: 'query', name: 'k', secret: 'keyName' },
    },
    pagination,
    primaryKey: ['id'],
  }),
  answer(request, { key = '', keyName }) {
    const { url, headers, body } = request
    if (url.searchParams.get('k') !== keyName || body !== '{"kind":"all"}') return unauthorized
    const bodyHash = createHash('sha512').update(body).digest('hex')
    const signed = [url.searchParams.get('ts'), 'POST', `${url.pathname}${url.search}`, bodyHash, headers['x-nonce']].join('\n')
    const expected = `v1=${createHmac('sha512', key).update(signed).digest('base64')}`
    return headers['x-sign'] === expected ? page(request) : unauthorized
  },
  pages,
}

describeAdapter({ adapter: http, scenarios: [clientCredentials, refreshToken, session, hmac] })
