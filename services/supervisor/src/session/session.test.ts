import { systemClock } from '@data-weaver/contracts'
import { createVault, generateKey, parseKeyring } from '@data-weaver/vault'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, answerOf, type Api, httpStream, startApi } from '../../test/harness.ts'
import { idleMs, longestMs } from './session.ts'

let api: Api
/** Added to the clock of the API, milliseconds. */
let ahead = 0
const vault = createVault(parseKeyring(generateKey()))
const clock = { ...systemClock, now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead }
beforeAll(async () => {
  api = await startApi((parts) => ({ ...parts, vault, clock }))
})
afterAll(async () => await api[Symbol.asyncDispose]())

const host = 'weaver.example:3000'
const own = { host, origin: `http://${host}`, 'x-weaver-client': '1' }

type Method = 'GET' | 'POST' | 'DELETE'
const ask = async (method: Method, url: string, headers: Record<string, string> = {}, body?: object, on = api) =>
  answerOf(await on.app.inject({ method, url, headers: { host, ...headers }, ...(body === undefined ? {} : { payload: body }) }))

async function signIn(on = api, headers: Record<string, string> = own): Promise<{ cookie: string; setCookie: string }> {
  const answer = await ask('POST', '/v1/session', headers, { token: adminToken }, on)
  expect(answer.status).toBe(200)
  const setCookie = String(answer.headers['set-cookie'])
  return { cookie: setCookie.split(';', 1)[0] ?? '', setCookie }
}

describe('a session', () => {
  it('begins with the token, is shown, and ends', async () => {
    const { cookie, setCookie } = await signIn()
    expect(setCookie).toMatch(/^weaver_session=v1\.[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/)
    expect(setCookie).not.toContain(adminToken)
    const shown = await ask('GET', '/v1/session', { cookie })
    expect(shown.json).toEqual({ via: 'session', expiresAt: expect.stringMatching(/Z$/) })
    expect((await ask('GET', '/v1/streams', { cookie })).status).toBe(200)
    expect((await ask('GET', '/queues/api/queues', { cookie })).status).toBe(200)
    const out = await ask('DELETE', '/v1/session', { ...own, cookie })
    expect([out.status, out.headers['set-cookie']]).toEqual([204, 'weaver_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0'])
    expect((await api.call('GET', '/v1/session')).json).toEqual({ via: 'token', expiresAt: null })
    expect((await ask('GET', '/v1/session')).status).toBe(401)
  })

  it('is refused with a wrong token, and with anything that was not sealed here', async () => {
    expect((await ask('POST', '/v1/session', own, { token: 'wrong' })).json.code).toBe('unauthorized')
    expect((await ask('POST', '/v1/session', own, {})).json.code).toBe('invalid_request')
    const { cookie } = await signIn()
    const stranger = createVault(parseKeyring(generateKey()))
    const elsewhere = vault.seal({ tenant: 'default', streamId: 'session', name: 'another' }, JSON.stringify([Date.now(), Date.now()]))
    const foreign = stranger.seal({ tenant: 'default', streamId: 'session', name: 'key' }, '[1,1]')
    for (const wrong of [
      'weaver_session=x',
      `${cookie.slice(0, -8)}${cookie.slice(-8) === 'AAAAAAAA' ? 'BBBBBBBB' : 'AAAAAAAA'}`,
      `weaver_session=${elsewhere}`,
      `weaver_session=${foreign}`,
      `other${cookie}`,
    ]) {
      expect((await ask('GET', '/v1/streams', { cookie: wrong })).status, wrong).toBe(401)
    }
    // What is said outright counts, not what the browser adds.
    expect((await ask('GET', '/v1/streams', { cookie, authorization: 'Bearer wrong' })).status).toBe(401)
  })

  it('is known to every supervisor with the same key and token, and to none with another', async () => {
    const { cookie } = await signIn()
    await using second = await startApi((parts) => ({ ...parts, vault }))
    await using otherToken = await startApi((parts) => ({ ...parts, vault, adminToken: 'the token was changed meanwhile' }))
    await using otherKey = await startApi()
    expect((await ask('GET', '/v1/streams', { cookie }, undefined, second)).status).toBe(200)
    expect((await ask('GET', '/v1/streams', { cookie }, undefined, otherToken)).status).toBe(401)
    expect((await ask('GET', '/v1/streams', { cookie }, undefined, otherKey)).status).toBe(401)
  })

  it('lasts while it is used, up to a limit, and not while it is not', async () => {
    try {
      let { cookie } = await signIn()
      const idle = cookie
      expect((await ask('GET', '/v1/streams', { cookie })).headers['set-cookie']).toBeUndefined()
      const step = idleMs - 60_000
      for (ahead = step; ahead < longestMs; ahead += step) {
        const answer = await ask('GET', '/v1/streams', { cookie })
        expect(answer.status).toBe(200)
        cookie = String(answer.headers['set-cookie']).split(';', 1)[0] ?? ''
      }
      expect((await ask('GET', '/v1/streams', { cookie })).status).toBe(401)
      ahead = idleMs + 60_000
      expect((await ask('GET', '/v1/streams', { cookie: idle })).status).toBe(401)
    } finally {
      ahead = 0
    }
  })

  it('changes something only for pages of this server', async () => {
    const { cookie } = await signIn()
    const create = async (headers: Record<string, string>) =>
      await ask('POST', '/v1/streams', { host, cookie, ...headers }, httpStream(api.name('session')))
    const named = { 'x-weaver-client': '1' }
    for (const [what, headers] of Object.entries({
      'no origin': named,
      'no header': { origin: own.origin },
      'another host': { ...named, origin: 'http://evil.example' },
      'another port': { ...named, origin: 'http://weaver.example:3001' },
      'an origin that is none': { ...named, origin: 'null' },
      'another site': { ...named, origin: own.origin, 'sec-fetch-site': 'cross-site' },
      'the same site, another server': { ...named, 'sec-fetch-site': 'same-site' },
    })) {
      const answer = await create(headers)
      expect([answer.status, answer.json.code], what).toEqual([403, 'forbidden'])
    }
    expect((await create({ ...named, origin: own.origin })).status).toBe(201)
    expect((await create({ ...named, 'sec-fetch-site': 'same-origin' })).status).toBe(201)
    for (const method of ['POST', 'DELETE'] as const) {
      const foreign = await ask(
        method,
        '/v1/session',
        { origin: 'http://evil.example' },
        method === 'POST' ? { token: adminToken } : undefined,
      )
      expect(foreign.status).toBe(403)
    }
  })

  it('is for HTTPS alone where a proxy that is trusted says so', async () => {
    await using behind = await startApi((parts) => ({ ...parts, vault, trustedProxies: '127.0.0.1' }))
    const forwarded = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'weaver.example',
      origin: 'https://weaver.example',
      'x-weaver-client': '1',
    }
    const { cookie, setCookie } = await signIn(behind, forwarded)
    expect(setCookie).toMatch(/^__Host-weaver_session=v1\..*; Secure$/)
    expect((await ask('GET', '/v1/streams', { ...forwarded, cookie }, undefined, behind)).status).toBe(200)
    // Whoever is not trusted is not believed.
    expect((await signIn(api, { ...own, 'x-forwarded-proto': 'https' })).setCookie).not.toContain('Secure')
  })
})

describe('wrong tokens', () => {
  const wrong = async (ip: string, on: Api, headers: Record<string, string> = { authorization: 'Bearer wrong' }) =>
    answerOf(await on.app.inject({ method: 'GET', url: '/v1/streams', headers, remoteAddress: ip }))

  it('are looked at a few at a time, from each address, however they are sent', async () => {
    await using alone = await startApi((parts) => ({ ...parts, clock }))
    const right = { authorization: `Bearer ${adminToken}` }
    try {
      for (let n = 0; n < 20; n += 1) expect((await wrong('192.0.2.1', alone)).status).toBe(401)
      const refused = await wrong('192.0.2.1', alone)
      expect([refused.status, refused.json.code, Number(refused.headers['retry-after'])]).toEqual([429, 'too_many_attempts', 3])
      expect((await wrong('192.0.2.1', alone, right)).status).toBe(429)
      const signIn = { method: 'POST' as const, url: '/v1/session', payload: { token: adminToken }, remoteAddress: '192.0.2.1' }
      expect((await alone.app.inject(signIn)).statusCode).toBe(429)
      expect((await wrong('192.0.2.2', alone, right)).status).toBe(200)
      ahead = 3100
      expect((await wrong('192.0.2.1', alone)).status).toBe(401)
      expect((await wrong('192.0.2.1', alone)).status).toBe(429)
    } finally {
      ahead = 0
    }
  })

  it('do not lock out who had the right one, and count for the network of an IPv6 address', async () => {
    await using alone = await startApi()
    const right = { authorization: `Bearer ${adminToken}` }
    expect((await wrong('192.0.2.1', alone, right)).status).toBe(200)
    for (let n = 0; n < 30; n += 1) expect((await wrong('192.0.2.1', alone)).status).toBe(401)
    expect((await wrong('192.0.2.1', alone, right)).status).toBe(200)
    for (let n = 0; n < 20; n += 1) await wrong(`2001:db8:1:2::${n + 1}`, alone)
    expect((await wrong('2001:db8:1:2:ffff:1:1:1', alone)).status).toBe(429)
    expect((await wrong('2001:db8:1:3::1', alone)).status).toBe(401)
  })
})
