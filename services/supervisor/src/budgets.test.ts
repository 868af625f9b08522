import { randomUUID } from 'node:crypto'
import { eventually } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Api, httpStream, startApi } from '../test/harness.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})

const tenant = 'default'
const anywhere = { tenant, name: null, policies: [], concurrency: null, streamVersion: 1 }

describe('rate budgets', () => {
  it('are configured by name, shown, changed and forgotten', async () => {
    const name = api.name('budget')
    const config = { policies: [{ requests: 5, perMs: 60_000 }], concurrency: 2 }
    const made = await api.call('PUT', `/v1/budgets/${name}`, config)
    expect(made.status).toBe(200)
    expect(made.json).toMatchObject({
      key: `name:${name}`,
      name,
      host: null,
      configured: true,
      policies: [{ requests: 5, perMs: 60_000, remaining: 5 }],
      concurrency: 2,
      running: 0,
      waiting: 0,
      blockedUntil: null,
      streams: [],
    })
    const changed = await api.call('PUT', `/v1/budgets/${name}`, { policies: [{ requests: 1, perMs: 1000 }] })
    expect(changed.json).toMatchObject({ policies: [{ requests: 1, perMs: 1000 }], concurrency: null })
    expect((await api.call('GET', `/v1/budgets/${name}`)).json).toEqual({ ...changed.json })
    const listed = await api.call('GET', '/v1/budgets?limit=200')
    expect(listed.json.items.map(({ name: listedName }) => listedName)).toContain(name)
    expect((await api.call('DELETE', `/v1/budgets/${name}`)).status).toBe(204)
    const gone = await api.call('GET', `/v1/budgets/${name}`)
    expect([gone.status, gone.json.code]).toEqual([404, 'not_found'])
    expect((await api.call('DELETE', `/v1/budgets/${name}`)).status).toBe(404)
  })

  it('show who used them, who waits, what the source said and when it goes on', async () => {
    const stream = (await api.call('POST', '/v1/streams', httpStream(api.name('stream')))).json
    const host = `${api.name('host')}.example`
    const key = `host:${host}#0123456789abcdef`
    const { budgets } = api.ledger
    await budgets.use({ ...anywhere, key, host, streamId: stream.id, policies: [{ requests: 1, perMs: 60_000 }] })
    const take = () => budgets.take({ tenant, key, streamId: stream.id, runId: randomUUID(), requestId: randomUUID(), leaseMs: 1000 })
    expect([(await take()).outcome, (await take()).outcome]).toEqual(['granted', 'wait'])
    await budgets.learn({ tenant, key, name: null, host, blockMs: 60_000, limit: 100, remaining: 0, resetMs: 60_000, from: 'retry-after' })
    const shown = (await api.call('GET', `/v1/budgets/${encodeURIComponent(key)}`)).json
    expect(shown).toMatchObject({
      key,
      name: null,
      host,
      configured: false,
      policies: [{ requests: 1, perMs: 60_000, remaining: 0 }],
      waiting: 1,
      limit: 100,
      remaining: 0,
      learnedFrom: 'retry-after',
      streams: [{ id: stream.id, name: stream.name }],
    })
    expect(Date.parse(String(shown['blockedUntil']))).toBeGreaterThan(Date.parse(String(shown['learnedAt'])))
    expect((await api.call('DELETE', `/v1/budgets/${encodeURIComponent(key)}`)).status).toBe(204)
    expect((await api.call('GET', `/v1/budgets/${encodeURIComponent(key)}`)).json).toMatchObject({
      blockedUntil: null,
      learnedFrom: null,
      policies: [{ requests: 1, remaining: 0 }],
    })
    await api.call('DELETE', `/v1/streams/${stream.id}`)
    await budgets.book.cleanUp()
    expect((await api.call('GET', `/v1/budgets/${encodeURIComponent(key)}`)).json).toMatchObject({ policies: [], streams: [] })
  })

  it('are listed in pages', async () => {
    for (let count = 0; count < 3; count += 1) await api.call('PUT', `/v1/budgets/${api.name('page')}`, { concurrency: 1 })
    const keys: unknown[] = []
    let next: string | null = ''
    while (next !== null) {
      const page: Awaited<ReturnType<Api['call']>> = await api.call(
        'GET',
        `/v1/budgets?limit=2${next === '' ? '' : `&after=${encodeURIComponent(next)}`}`,
      )
      keys.push(...page.json.items.map(({ key }) => key))
      next = page.json.next
    }
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.length).toBeGreaterThanOrEqual(3)
  })

  it('tell all workers when they change', async () => {
    let told = 0
    const deaf = api.parts.listener.on('weaver_budgets', () => (told += 1))
    const name = api.name('told')
    await eventually(
      async () => {
        await api.call('PUT', `/v1/budgets/${name}`, { concurrency: 1 })
        return told > 0
      },
      { what: 'the notification' },
    )
    deaf()
  })

  const wrong: [string, unknown, string][] = [
    ['no limit at all', {}, ''],
    ['a limit of nothing', { policies: [{ requests: 0, perMs: 1000 }] }, 'policies.0.requests'],
    ['a window too short', { policies: [{ requests: 1, perMs: 1 }] }, 'policies.0.perMs'],
    ['too many policies', { policies: Array.from({ length: 9 }, () => ({ requests: 1, perMs: 1000 })) }, 'policies'],
    ['an unknown field', { rate: 5 }, 'rate'],
  ]
  it.each(wrong)('refuse %s', async (_what, body, field) => {
    const { status, json } = await api.call('PUT', `/v1/budgets/${api.name('wrong')}`, body)
    expect([status, json.code]).toEqual([400, 'invalid_request'])
    expect(json.errors.map(({ field: at }) => at)).toContain(field)
  })

  it('refuse a name with a colon, which is how keys are told from names', async () => {
    expect((await api.call('PUT', '/v1/budgets/name:x', { concurrency: 1 })).status).toBe(400)
  })
})
