import { systemClock, WeaverError } from '@data-weaver/contracts'
import { describe, expect, it } from 'vitest'
import { serving } from './conformance/serving.ts'

const { serve, go } = serving()
const paged = (last: number) => ({ pagination: { type: 'page', parameter: 'page', stop: { on: 'value', path: 'id', equals: last } } })
const page =
  (headers: Record<string, string> = {}) =>
  ({ url }: { readonly url: URL }) => ({
    headers: { 'content-type': 'application/json', ...headers },
    body: { id: Number(url.searchParams.get('page')) },
  })

describe('the pace of a run', () => {
  it('is kept by policies', async () => {
    const source = await serve(page())
    const started = systemClock.monotonic()
    const { error } = await go(source, {
      ...paged(5),
      rateLimit: {
        policies: [
          { requests: 2, per: 100 },
          { requests: 100, per: 1000 },
        ],
      },
    })
    expect(error).toBeUndefined()
    // The third waits for the first, and the fifth for the third.
    expect(systemClock.monotonic() - started).toBeGreaterThanOrEqual(199)
  })

  it.each([
    [{ form: 'milliseconds' }, '120'],
    [{ form: 'seconds' }, '0.12'],
    [{}, '0.12'],
  ])('waits for the reset when nothing is left: %j', async (form, reset) => {
    const source = await serve(page({ 'x-left': '0', 'x-back': reset }))
    const started = systemClock.monotonic()
    const { error } = await go(source, { ...paged(2), rateLimit: { headers: { remaining: 'X-Left', reset: 'X-Back', ...form } } })
    expect(error).toBeUndefined()
    expect(systemClock.monotonic() - started).toBeGreaterThanOrEqual(119)
  })

  it.each([
    ['epochSeconds', '1772366410', 10_000],
    ['epochMillis', '1772366410000', 10_000],
    ['date', 'Sun, 01 Mar 2026 12:00:10 GMT', 10_000],
    ['seconds', '10', 10_000],
  ])('ends the run where the reset is too far away (%s), and says how far', async (form, reset, retryAfterMs) => {
    const source = await serve(page({ date: 'Sun, 01 Mar 2026 12:00:00 GMT', 'x-left': '0', 'x-back': reset }))
    const rateLimit = { headers: { remaining: 'x-left', reset: 'x-back', form }, longestWait: 50 }
    const { pages, error } = await go(source, { ...paged(2), rateLimit })
    expect(pages).toHaveLength(1)
    expect(pages[0]?.cursor).toBeDefined()
    expect(error).toMatchObject({ code: 'rate_limited' })
    const wait = (error as WeaverError).retryAfterMs ?? 0
    expect(wait).toBeGreaterThan(retryAfterMs - 2000)
    expect(wait).toBeLessThanOrEqual(retryAfterMs)
  })

  it('reads the wait of a refusal from the headers that the configuration names, with the limit in the message', async () => {
    const source = await serve(() => ({ status: 429, headers: { 'x-back': '1500', 'x-limit': '100 per day' }, body: '' }))
    const { error } = await go(source, { rateLimit: { headers: { reset: 'x-back', form: 'milliseconds', limit: 'X-Limit' } } })
    expect(error).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 1500,
      message: expect.stringContaining('(the limit is 100 per day)'),
    })
  })

  it('is no reason to stay when the run is aborted', async () => {
    const controller = new AbortController()
    const reason = new WeaverError('interrupted', 'stopped by a test')
    const source = await serve(page())
    let abortedAt = Infinity
    const onPage = () => {
      void systemClock.sleep(20).then(() => {
        abortedAt = systemClock.monotonic()
        controller.abort(reason)
      })
    }
    const rateLimit = { policies: [{ requests: 1, per: 30_000 }] }
    const { error } = await go(source, { ...paged(3), rateLimit }, { signal: controller.signal, onPage })
    expect(error).toBe(reason)
    expect(systemClock.monotonic() - abortedAt).toBeLessThan(100)
  })
})
