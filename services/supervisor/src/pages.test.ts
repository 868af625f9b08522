import { WeaverError } from '@data-weaver/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Api, httpStream, startApi } from '../test/harness.ts'

let api: Api
beforeAll(async () => void (api = await startApi()))
afterAll(async () => await api[Symbol.asyncDispose]())

const login = (password: string, user = 'anybody') => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` })
const anonymous = async (url: string, headers: Record<string, string> = {}, method: 'GET' | 'POST' | 'PUT' = 'GET') =>
  await api.app.inject({ method, url, headers })

describe('the token', () => {
  it('is needed for everything but health and the description', async () => {
    const paths = Object.entries((await anonymous('/docs/json')).json().paths as Record<string, object>)
    const open: string[] = []
    for (const [path, operations] of paths) {
      for (const method of Object.keys(operations)) {
        const answer = await api.app.inject({ method: method.toUpperCase() as 'GET', url: path.replaceAll(/\{\w+\}/g, 'x') })
        if (answer.statusCode !== 401) open.push(`${method} ${path}`)
        else expect(answer.json()).toMatchObject({ code: 'unauthorized', detail: expect.stringContaining('WEAVER_ADMIN_TOKEN') })
      }
    }
    // To sign in takes the token in the body, and to sign out takes nothing.
    expect(open.toSorted()).toEqual(['delete /v1/session', 'get /health/live', 'get /health/ready', 'post /v1/session'])
    expect(paths.length).toBeGreaterThan(20)
    for (const path of ['/nothing', '/v1/streams/x/y/z', '/queues', '/queues/api/queues', '/queues/static/x.js', '/queues/nothing'])
      expect([path, (await anonymous(path)).statusCode]).toEqual([path, 401])
    for (const path of ['/docs', '/docs/', '/docs/json', '/docs/static/swagger-ui-bundle.js'])
      expect([path, (await anonymous(path)).statusCode]).toEqual([path, 200])
    expect((await anonymous('/')).headers['location']).toBe('/docs')
  })

  it.each([
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${adminToken}x`,
    `Bearer ${adminToken.slice(0, -1)}`,
    `Token ${adminToken}`,
    adminToken,
    login(adminToken).authorization,
  ])('is not "%s"', async (authorization) => {
    const answer = await anonymous('/v1/streams', { authorization })
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="Data Weaver"'])
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })

  it('is taken whatever the case of the scheme, and logged nowhere', async () => {
    expect((await anonymous('/v1/streams', { authorization: `bearer ${adminToken}` })).statusCode).toBe(200)
    api.parts.log.info({ headers: { authorization: 'not of the app' } }, 'a line')
    expect(api.transcript()).not.toContain(adminToken)
  })
})

describe('Bull Board', () => {
  it('takes the token or a login with it as password', async () => {
    expect((await anonymous('/queues', { authorization: `Bearer ${adminToken}` })).statusCode).toBe(200)
    expect((await anonymous('/queues', login(adminToken))).statusCode).toBe(200)
    expect((await anonymous('/queues', login(adminToken, ''))).statusCode).toBe(200)
    for (const headers of [
      {},
      login('wrong'),
      login(''),
      { authorization: 'Basic !' },
      { authorization: `Basic ${Buffer.from(adminToken).toString('base64')}` },
    ]) {
      const refused = await anonymous('/queues', headers)
      expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([401, 'Basic realm="Data Weaver", charset="UTF-8"'])
      expect(refused.json().code).toBe('unauthorized')
    }
  })

  it('loads nothing from elsewhere', async () => {
    const page = await anonymous('/queues', login(adminToken))
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("font-src 'self'")
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/)
    const assets = [...page.body.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => `/queues/${path}`)
    expect(assets.length).toBeGreaterThan(3)
    for (const asset of assets) expect([asset, (await anonymous(asset, login(adminToken))).statusCode]).toEqual([asset, 200])
  })

  it('shows the queues of all pools, with ids and states and nothing else', async () => {
    await using own = await startApi()
    const { id } = (
      await own.call('POST', '/v1/streams', httpStream('slow-one', { pool: 'slow', secrets: { token: 'never-on-the-board' } }))
    ).json
    await own.parts.queue
      .schedulers('slow')
      .arm({ streamId: id, schedule: { every: 60_000 }, anchor: 0, first: Date.now() + 60_000, jitterMs: 0 })
    await own.parts.queue.wakeRun('slow', id)
    await own.parts.queue.wakeDeliveries([{ lane: 'slow', id: '17' }])
    const board = await own.call('GET', '/queues/api/queues?activeQueue=fetch.slow&status=latest&page=1&jobsPerPage=10')
    expect(board.json.queues.map(({ name }) => name).toSorted()).toEqual(['fetch.default', 'fetch.slow', 'sink.default', 'sink.slow'])
    const jobs = board.json.queues.find(({ name }) => name === 'fetch.slow')?.jobs ?? []
    expect(jobs.map(({ data }) => Object.keys(data).toSorted())).toEqual(expect.arrayContaining([['runId'], ['fingerprint', 'streamId']]))
    expect(board.text).not.toContain('never-on-the-board')
    const schedulers = await own.call('GET', '/queues/api/job-schedulers')
    expect(schedulers.json.schedulers).toMatchObject([{ id, queueName: 'fetch.slow' }])
    expect((await own.call('GET', `/queues/api/queues/fetch.slow/${jobs[0]?.id}`)).json.job.data).toEqual(jobs[0]?.data)
  })

  it('changes nothing', async () => {
    await api.call('GET', '/queues')
    for (const url of [
      '/queues/api/queues/pause',
      '/queues/api/queues/fetch.default/empty',
      '/queues/api/queues/fetch.default/obliterate',
      '/queues/api/queues/fetch.default/pause',
    ]) {
      const refused = await api.call('PUT', url)
      expect([refused.status, refused.json.code]).toEqual([405, 'method_not_allowed'])
    }
    const added = await api.call('POST', '/queues/api/queues/fetch.default/add', { name: 'x', data: {} })
    expect(added.status).toBe(405)
    expect((await api.call('GET', '/queues/api/queues')).json.queues[0]?.isPaused).toBe(false)
    expect((await api.call('GET', '/queues/api/nothing')).json.code).toBe('not_found')
  })
})

describe('the page of the description', () => {
  it('loads nothing from elsewhere', async () => {
    const page = await anonymous('/docs')
    expect(page.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.headers['content-security-policy']).not.toMatch(/https?:|\*/)
    const assets = [...page.body.matchAll(/(?:src|href)="(\/docs\/static\/[^"]+)"/g)].map(([, path]) => path as string)
    expect(assets.length).toBeGreaterThan(3)
    for (const asset of assets) expect([asset, (await anonymous(asset)).statusCode]).toEqual([asset, 200])
  })
})

describe('health', () => {
  it('is live, and ready when each part is', async () => {
    expect((await anonymous('/health/live')).json()).toEqual({ status: 'live' })
    const ready = await api.call('GET', '/health/ready')
    expect([ready.status, ready.json]).toEqual([
      200,
      {
        status: 'ready',
        parts: { ledger: { status: 'up' }, queue: { status: 'up' }, store: { status: 'up' }, documents: { status: 'up' } },
      },
    ])
  })

  it('names the part that is down, and says no more than a code', async () => {
    const ledgerAnswers = Promise.withResolvers<void>()
    const storeAnswers = Promise.withResolvers<void>()
    await using broken = await startApi((parts) => ({
      ...parts,
      // The patience with a part begins to count when those that are up have answered, however long that takes.
      clock: {
        ...parts.clock,
        sleep: async (ms, signal) => {
          await Promise.all([ledgerAnswers.promise, storeAnswers.promise])
          await parts.clock.sleep(ms / 20, signal)
        },
      },
      ledger: Object.assign(Object.create(parts.ledger) as typeof parts.ledger, {
        ping: async () => await parts.ledger.ping().finally(() => ledgerAnswers.resolve()),
      }),
      store: Object.assign(Object.create(parts.store) as typeof parts.store, {
        probe: async (signal: AbortSignal) => await parts.store.probe(signal).finally(() => storeAnswers.resolve()),
      }),
      queue: {
        ...parts.queue,
        ping: async () => await Promise.reject(new WeaverError('queue_unavailable', 'redis://internal:6379 is gone')),
      },
      documents: { ...parts.documents, find: async () => await new Promise<never>(() => {}) },
    }))
    const answer = await broken.call('GET', '/health/ready')
    expect([answer.status, answer.json]).toEqual([
      503,
      {
        status: 'unavailable',
        parts: {
          ledger: { status: 'up' },
          queue: { status: 'down', code: 'queue_unavailable' },
          store: { status: 'up' },
          documents: { status: 'down', code: 'sink_unavailable' },
        },
      },
    ])
    expect((await broken.call('GET', '/health/live')).status).toBe(200)
  })

  it('is asked of the parts once when many ask at once', async () => {
    let pings = 0
    await using counted = await startApi((parts) => ({ ...parts, queue: { ...parts.queue, ping: async () => void (pings += 1) } }))
    await Promise.all(Array.from({ length: 20 }, () => counted.call('GET', '/health/ready')))
    expect(pings).toBeLessThan(5)
  })
})

describe('metrics', () => {
  it('count streams, runs, jobs and requests in the format of Prometheus', async () => {
    const name = api.name('metrics')
    await api.call('POST', '/v1/streams', httpStream(name))
    await api.call('POST', `/v1/streams/${name}/start`)
    await api.call('POST', `/v1/streams/${name}/trigger`)
    const { text, headers } = await api.call('GET', '/metrics')
    expect(headers['content-type']).toContain('text/plain; version=0.0.4')
    for (const line of [
      /^weaver_streams\{state="started"\} [1-9]/m,
      /^weaver_runs\{state="queued"\} [1-9]/m,
      /^weaver_queue_jobs\{queue="fetch.default",state="waiting"\} \d+/m,
      /^weaver_part_up\{part="ledger"\} 1$/m,
      /^weaver_part_up\{part="queue"\} 1$/m,
      /^weaver_http_request_duration_seconds_count\{method="POST",route="\/v1\/streams\/:id\/start",status="200"\} [1-9]/m,
      /^weaver_build_info\{version="0.0.0-test"\} 1$/m,
      /^process_cpu_seconds_total/m,
    ]) {
      expect(text).toMatch(line)
    }
    expect(text).not.toContain(name)
    expect((await anonymous('/metrics')).statusCode).toBe(401)
  })

  it('are there although the ledger is not', async () => {
    const gone = async () => await Promise.reject(new WeaverError('ledger_unavailable', 'gone'))
    await using broken = await startApi((parts) => ({ ...parts, ledger: { ...parts.ledger, census: gone } }))
    const { status, text } = await broken.call('GET', '/metrics')
    expect(status).toBe(200)
    expect(text).toMatch(/^weaver_part_up\{part="ledger"\} 0$/m)
    expect(text).toMatch(/^weaver_part_up\{part="queue"\} 1$/m)
  })
})
