import { WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import type { SourceRequest } from '../../src/conformance/scripted-source.ts'
import { serving } from '../conformance/serving.ts'

const { serve, go } = serving()
const isToken = ({ url }: SourceRequest) => url.pathname === '/token'
const form = (request: SourceRequest | undefined) => Object.fromEntries(new URLSearchParams(request?.body))

/** A source of one page whose tokens are counted: `t1`, `t2`, … Each is good for so many requests. */
async function counting({ uses = Infinity, answer = {} }: { readonly uses?: number; readonly answer?: object } = {}) {
  let given = 0
  let used = 0
  return serve((request) => {
    if (isToken(request)) {
      used = 0
      return { body: { access_token: `t${++given}`, ...answer } }
    }
    const good = request.headers.authorization === `Bearer t${given}` && used++ < uses
    return good
      ? { body: { id: Number(request.url.searchParams.get('page')) } }
      : { status: 401, body: { error: 'token expired', sent: request.headers.authorization } }
  }, isToken)
}
const paged = (last: number) => ({
  pagination: { type: 'page', parameter: 'page', stop: { on: 'value', path: 'id', equals: last } },
})
const client = (origin: string) => ({
  type: 'oauth2',
  grant: 'clientCredentials',
  tokenUrl: `${origin}/token`,
  clientId: 'weaver',
  secret: 'key',
})
const secrets = { key: 'client-secret' }

describe('a token', () => {
  it('is used by later runs until it expires', async () => {
    const source = await counting({ answer: { expires_in: 3600 } })
    const config = { auth: client(source.origin), ...paged(1) }
    expect((await go(source, config, { secrets })).error).toBeUndefined()
    expect(source.asides).toHaveLength(1)
    expect((await go(source, config, { secrets })).error).toBeUndefined()
    expect(source.asides).toHaveLength(0)
    // Another secret is another client: it gets nothing of what the first was given.
    await go(source, config, { secrets: { key: 'another' } })
    expect(source.asides).toHaveLength(1)
  })

  it('is asked for again when its time is nearly over', async () => {
    const source = await counting({ answer: { expires_in: '5' } })
    const config = { auth: client(source.origin), ...paged(2) }
    expect((await go(source, config, { secrets })).error).toBeUndefined()
    expect(source.asides).toHaveLength(2)
  })

  it('is renewed when it is refused, and the page asked for again', async () => {
    const source = await counting({ uses: 2 })
    const { pages, error } = await go(source, { auth: client(source.origin), ...paged(5) }, { secrets })
    expect(error).toBeUndefined()
    expect(pages).toHaveLength(5)
    expect(source.asides).toHaveLength(3)
  })

  it('is renewed once, not for ever, and is in no message', async () => {
    const source = await serve(
      (request) =>
        isToken(request)
          ? { body: { access_token: 'refused-token-0123456789' } }
          : { status: 401, body: { sent: request.headers.authorization } },
      isToken,
    )
    const { error } = await go(source, { auth: client(source.origin) }, { secrets: { ...secrets, token: 'refused-token-0123456789' } })
    expect(error).toMatchObject({ code: 'auth_failed', message: expect.stringContaining('[redacted]') })
    expect(source.requests).toHaveLength(2)
  })

  it('is redacted from what is stored, also in a header with another name', async () => {
    const token = 'session-token-0123456789'
    const source = await serve(
      (request) =>
        isToken(request)
          ? { headers: { 'x-give': token }, body: 'welcome' }
          : { headers: { 'content-type': 'application/json', 'x-echo': token }, body: { id: 1 } },
      isToken,
    )
    const auth = {
      type: 'session',
      login: { url: `${source.origin}/token`, as: 'form', fields: { user: 'me' }, secrets: { pass: 'key' } },
      token: { in: 'header', name: 'X-Give' },
      header: { name: 'x-visit' },
    }
    const { pages, error } = await go(source, { auth }, { secrets })
    expect(error).toBeUndefined()
    expect(source.requests[0]?.headers['x-visit']).toBe(token)
    expect(form(source.asides[0])).toEqual({ user: 'me', pass: 'client-secret' })
    expect(pages[0]?.request.headers['x-visit']).toBe('[redacted]')
    expect(pages[0]?.response.headers['x-echo']).toBe('[redacted]')
  })

  it.each([
    [400, { error: 'invalid_client', error_description: 'no such client' }, 'auth_failed', 'invalid_client'],
    [401, 'nothing to say', 'auth_failed', undefined],
    [503, {}, 'source_unavailable', undefined],
    [429, {}, 'rate_limited', undefined],
    [200, {}, 'source_malformed', undefined],
    [200, { access_token: 'a\nb' }, 'source_malformed', undefined],
  ])('that is not given (%i %j) is %s', async (status, body, code, upstreamCode) => {
    const source = await serve(() => ({ status, body }), isToken)
    const { error } = await go(source, { auth: client(source.origin) }, { secrets })
    expect(error).toMatchObject({ code, upstreamCode })
    expect(source.requests).toEqual([])
  })

  it('is waited for no longer than until an abort', async () => {
    const controller = new AbortController()
    const reason = new WeaverError('interrupted', 'stopped by a test')
    const source = await serve(() => ({ body: { access_token: 'x' } }))
    source.reset(0, { kind: 'silence' })
    const reached = source.faultReached.then(() => controller.abort(reason))
    const config = { auth: client(source.origin) }
    // The way out counts the request for a token as the first one here.
    const { error } = await goUndisturbed(source, config, controller.signal)
    await reached
    expect(error).toBe(reason)
  })
})

const goUndisturbed = (source: Awaited<ReturnType<typeof serve>>, config: object, signal: AbortSignal) =>
  go({ origin: source.origin, reset() {} } as unknown as typeof source, config, { secrets, signal })

describe('a refresh token', () => {
  const refresh = (origin: string) => ({
    type: 'oauth2',
    grant: 'refreshToken',
    tokenUrl: `${origin}/token`,
    clientId: 'weaver',
    refreshSecret: 'refresh',
  })
  /** A source that takes each refresh token once, and gives access for one request. */
  const rotating = () => {
    let generation = 0
    let access = ''
    return serve((request) => {
      if (!isToken(request)) {
        const good = request.headers.authorization === `Bearer ${access}`
        access = ''
        return good ? { body: { id: Number(request.url.searchParams.get('page')) } } : { status: 401, body: 'expired' }
      }
      if (form(request).refresh_token !== `refresh-${generation}-0123456789`) return { status: 400, body: { error: 'invalid_grant' } }
      generation += 1
      access = `access-${generation}-0123456789`
      return { body: { access_token: access, refresh_token: `refresh-${generation}-0123456789` } }
    }, isToken)
  }
  const kept = () => {
    const values: Record<string, string> = { refresh: 'refresh-0-0123456789' }
    const saved: [string, string][] = []
    return {
      values,
      saved,
      saveSecret: (name: string, value: string) => (saved.push([name, value]), (values[name] = value), Promise.resolve()),
    }
  }

  it('that rotates is stored before the access token is used, and survives the run', async () => {
    const source = await rotating()
    const { values, saved, saveSecret } = kept()
    const config = { auth: refresh(source.origin), ...paged(3) }
    const first = await go(source, config, { secrets: { ...values }, saveSecret })
    expect(first.error).toBeUndefined()
    expect(first.pages).toHaveLength(3)
    expect(saved.map(([, value]) => value)).toEqual([1, 2, 3].map((number) => `refresh-${number}-0123456789`))
    expect((await go(source, config, { secrets: { ...values }, saveSecret })).error).toBeUndefined()
    expect(values.refresh).toBe('refresh-6-0123456789')
  })

  it('is not spent where a new one could not be stored', async () => {
    const source = await rotating()
    const { values } = kept()
    const { error } = await go(source, { auth: refresh(source.origin) }, { secrets: values })
    expect(error).toMatchObject({ code: 'invalid_config', errors: [{ field: 'config.auth.rotates' }] })
    expect(source.asides).toEqual([])
  })

  it('that rotates although it should not ends the run, with the reason', async () => {
    const source = await rotating()
    const { values } = kept()
    const { error } = await go(source, { auth: { ...refresh(source.origin), rotates: false } }, { secrets: values })
    expect(error).toMatchObject({ code: 'invalid_config', message: expect.stringContaining('gave a new refresh token') })
    expect(source.requests).toEqual([])
  })

  it('is stored at another attempt when the first ones fail', async () => {
    const source = await rotating()
    const { values, saved, saveSecret } = kept()
    let failures = 2
    const save = (name: string, value: string) =>
      failures-- > 0 ? Promise.reject(new WeaverError('ledger_unavailable', 'away')) : saveSecret(name, value)
    expect(
      (await go(source, { auth: refresh(source.origin), ...paged(1) }, { secrets: { ...values }, saveSecret: save })).error,
    ).toBeUndefined()
    expect(saved).toEqual([['refresh', 'refresh-1-0123456789']])
    const never = () => Promise.reject(new WeaverError('ledger_unavailable', 'away'))
    const lost = await go(
      source,
      { auth: refresh(source.origin), ...paged(1) },
      { secrets: { refresh: 'refresh-1-0123456789' }, saveSecret: never },
    )
    expect(lost.error).toMatchObject({ code: 'ledger_unavailable' })
  })
})
