import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type ErrorCode, errorKinds, systemClock, WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { answered } from '../src/conformance/answered.ts'
import { recordsOf } from '../src/conformance/harness.ts'
import type { SourceAnswer } from '../src/conformance/scripted-source.ts'
import { failures } from './failure.ts'
import { iqair } from './index.ts'

const secret = 'a1b2c3d4-key+/='
const nearest = { resource: 'nearest_city' }
const source = answered(iqair, { key: secret, path: '/v2' })
const go = (given: SourceAnswer, config: object = nearest) => source.go(given, config)
const failed = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  source.failed({ status, body, headers }, nearest)
const fail = (message: string) => ({ status: 'fail', data: { message } })
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url))

describe('what IQAir calls an error', () => {
  it.each<[status: number, message: string, code: ErrorCode, retryAfterMs?: number]>([
    [400, 'city_not_found', 'source_not_found'],
    [404, 'no_nearest_station', 'source_not_found'],
    [401, 'incorrect_api_key', 'auth_failed'],
    [401, 'api_key_expired', 'auth_failed'],
    [403, 'Forbidden', 'auth_failed'],
    [403, 'permission_denied', 'auth_failed'],
    [403, 'Payment Required', 'auth_failed'],
    [429, 'call_limit_reached', 'rate_limited', 60_000],
    [429, 'too_many_requests', 'rate_limited', 1000],
    [429, 'call_per_day_limit_reached', 'quota_exhausted'],
    [429, 'call_per_month_limit_reached', 'quota_exhausted'],
    // The name decides, not the status: failures come with 200 as well, and a limit came with 403.
    [200, 'incorrect_api_key', 'auth_failed'],
    [200, 'city_not_found', 'source_not_found'],
    [403, 'call_per_day_limit_reached', 'quota_exhausted'],
    [500, 'api_key_expired', 'auth_failed'],
    // What is not known follows its status.
    [200, 'unknown_key', 'source_rejected'],
    [400, 'unknown_key', 'source_rejected'],
    [401, 'unknown_key', 'auth_failed'],
    [500, 'unknown_key', 'source_unavailable'],
  ])('%i %s is %s', async (status, message, code, retryAfterMs) => {
    const error = await failed(status, fail(message))
    expect(error).toMatchObject({ code, upstreamCode: message, retryAfterMs })
    expect(error.message).toContain(message)
  })

  it('waits as long as the answer says, where it says so', async () => {
    expect((await failed(429, fail('call_limit_reached'), { 'retry-after': '5' })).retryAfterMs).toBe(5000)
    expect((await failed(429, fail('unknown_key'), { 'retry-after': '6' })).retryAfterMs).toBe(6000)
    expect((await failed(401, fail('incorrect_api_key'), { 'retry-after': '7' })).retryAfterMs).toBeUndefined()
  })

  it('is understood without a message, and in the form of a gateway', async () => {
    expect(await failed(200, { status: 'fail' })).toMatchObject({ code: 'source_rejected', upstreamCode: 'fail' })
    expect(await failed(403, { message: 'Forbidden' })).toMatchObject({ code: 'auth_failed', upstreamCode: 'Forbidden' })
    expect(await failed(502, '<html>bad gateway</html>')).toMatchObject({ code: 'source_unavailable', upstreamCode: undefined })
  })

  it('is one short line without the key', async () => {
    const error = await failed(400, fail(`${'x'.repeat(190)}${secret}\r\nsecond line ${'y'.repeat(5000)}`))
    expect(error.message).toMatch(/^IQAir answered 400: x{190}\[redacted]?$/)
  })

  it('has a code of which the page of the adapter speaks', () => {
    const readme = readFileSync(new URL('readme.md', import.meta.url), 'utf8')
    for (const [name, { code }] of Object.entries(failures)) {
      expect(readme, name).toContain(name)
      expect(readme, code).toContain(`\`${code}\``)
      expect(errorKinds).toHaveProperty(code)
    }
  })
})

describe('what is said of a monitor', () => {
  const node = { resource: 'node', id: 'a1b2' }

  it('that there is none', async () => {
    const { error } = await go({ status: 404, body: { code: 'device_not_found', message: 'Not Found' } }, node)
    expect(error).toMatchObject({ code: 'source_not_found', upstreamCode: 'device_not_found' })
  })

  it('that it was asked too often: there are new calls with the next full hour', async () => {
    const before = systemClock.now()
    const { error } = await go({ status: 429, body: { code: 'too_many_requests', message: 'You have exceeded the request limit.' } }, node)
    expect(error).toMatchObject({ code: 'rate_limited', upstreamCode: 'too_many_requests' })
    const until = systemClock.now() + ((error as WeaverError).retryAfterMs ?? 0)
    const hour = Math.floor(before / 3_600_000) + 1
    expect(until).toBeGreaterThanOrEqual(hour * 3_600_000)
    expect((error as WeaverError).retryAfterMs).toBeLessThanOrEqual(3_600_000)
  })

  it('that it is not there for now, without a time', async () => {
    const { error } = await go({ status: 503, body: { code: 'unavailable', message: 'later' } }, node)
    expect(error).toMatchObject({ code: 'source_unavailable', upstreamCode: 'unavailable', retryAfterMs: undefined })
  })
})

it.each([[{ status: 'success' }], [{ status: 'success', data: [] }], [{ status: 'success', data: null }], [[]], [{ data: {} }]])(
  'a success without its data cannot be read: %j',
  async (body) => {
    expect((await failed(200, body)).code).toBe('source_malformed')
  },
)

it('a success is one record with all that IQAir says', async () => {
  const { pages, error } = await go({ body: fixture('madrid.json') })
  expect(error).toBeUndefined()
  const { data } = JSON.parse(fixture('madrid.json').toString()) as { data: object }
  expect(recordsOf(iqair, { resource: 'nearest_city' }, pages)).toEqual([{ key: ['Spain', 'Madrid', 'Madrid'], fields: data }])
  expect((await failed(401, fixture('incorrect_api_key.json'))).upstreamCode).toBe('incorrect_api_key')
})

// Bodies recorded elsewhere lie beside the repository on some machines, and are not part of it.
const recorded = new URL('../../../../shared/payloads/iqair/', import.meta.url)
const names = existsSync(recorded)
  ? readdirSync(recorded).filter((name) => /^(?:city|node_by_id|error_\w+)_response\.json$/.test(name))
  : []

describe.skipIf(names.length === 0)(
  `recorded bodies${names.length === 0 ? ' (the folder ../shared/payloads/iqair is not there)' : ''}`,
  () => {
    it.each(names)('%s', async (name) => {
      const body = readFileSync(new URL(name, recorded))
      const { data } = JSON.parse(body.toString()) as { data: { message?: string; city?: string } }
      const config = name.startsWith('node') ? { resource: 'node', id: 'a1b2' } : { resource: 'nearest_city' }
      const { pages, error } = await go({ body }, config)
      if (name === 'city_response.json') {
        expect(error).toBeUndefined()
        expect(recordsOf(iqair, config, pages)).toMatchObject([{ key: [expect.any(String), expect.any(String), data.city], fields: data }])
      } else if (name === 'node_by_id_response.json') {
        expect(error).toBeUndefined()
        expect(recordsOf(iqair, config, pages)).toEqual([{ key: ['a1b2'], fields: { id: 'a1b2', ...JSON.parse(body.toString()) } }])
      } else {
        expect(error).toBeInstanceOf(WeaverError)
        expect(error).toMatchObject({ upstreamCode: data.message })
      }
    })
  },
)
