import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually, spawnNode } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { documentsOf, type Fleet, runEnds, startFleet } from './fleet.ts'
import { json, type Source, startSource } from './source.ts'

const main = (service: string) => fileURLToPath(new URL(`../../services/${service}/src/main.ts`, import.meta.url))

let fleet: Fleet
let source: Source

beforeAll(async () => {
  source = await startSource((_request, response, url) => {
    switch (url.pathname) {
      case '/fails':
        return response.writeHead(500).end('out of order')
      case '/html':
        return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Maintenance</title>')
      case '/large':
        return response.writeHead(200, { 'content-type': 'application/json', 'content-length': 200 * 2 ** 20 }).end()
      case '/endless': {
        response.writeHead(200, { 'content-type': 'application/json' })
        const chunk = Buffer.alloc(2 ** 20, ' ')
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
        }
        response.on('drain', more)
        return more()
      }
      case '/redirects':
        return response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end()
      case '/mixed':
        return json(response, { items: [{ id: 1, name: 'good' }, { name: 'without an id' }, { id: 3, name: 'good too' }] })
      default:
        return json(response, { items: [{ id: 1 }] })
    }
  })
  fleet = await startFleet()
})

afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]()
  await source?.[Symbol.asyncDispose]()
})

const httpStream = (name: string, url: string, more: object = {}) => ({
  name,
  adapter: 'http',
  config: { request: { url }, records: { path: 'items' }, primaryKey: ['id'] },
  schedule: { every: 3_600_000 },
  timeout: 30_000,
  retry: { attempts: 2, delay: 10, maxDelay: 20 },
  ...more,
})

async function startedAt(name: string, url: string, more: object = {}) {
  await fleet.api.post('/v1/streams', httpStream(name, url, more))
  await fleet.api.post(`/v1/streams/${name}/start`)
}

describe('a source that misbehaves leaves a failed run with its code', () => {
  test.each([
    ['fails', 'source_unavailable', 2],
    ['html', 'source_malformed', 2],
    ['large', 'source_too_large', 1],
    ['endless', 'source_too_large', 1],
    ['redirects', 'egress_refused', 1],
  ])('%s: %s', async (path, code, attempt) => {
    await startedAt(path, `${source.url}/${path}`)
    expect(await runEnds(fleet.api, path, ['failed'])).toMatchObject({ state: 'failed', error: { code }, attempt, documents: 0 })
    expect(await documentsOf(fleet.api, path)).toEqual([])
  })

  test('a certificate nobody vouches for: source_tls', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weaver-test-tls-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=127.0.0.1',
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    )
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => json(response, {}))
    try {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      await startedAt('tls', `https://127.0.0.1:${(server.address() as AddressInfo).port}/`)
      expect(await runEnds(fleet.api, 'tls', ['failed'])).toMatchObject({ error: { code: 'source_tls' }, attempt: 1 })
    } finally {
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true })
    }
  })

  test('nobody there: source_unreachable', async () => {
    const server = createTcpServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    await startedAt('nobody', `http://127.0.0.1:${port}/`)
    expect(await runEnds(fleet.api, 'nobody', ['failed'])).toMatchObject({ error: { code: 'source_unreachable' }, attempt: 2 })
  })
})

test('a bad record is a dead letter, its neighbours are documents, and the run says so', async () => {
  await startedAt('mixed', `${source.url}/mixed`)
  expect(await runEnds(fleet.api, 'mixed', ['succeeded', 'partial'])).toMatchObject({ state: 'partial', documents: 2 })
  expect((await documentsOf(fleet.api, 'mixed')).map(({ id }) => id).sort()).toEqual(['mixed:1', 'mixed:3'])
  const { items } = await fleet.api.get<{ items: object[] }>('/v1/dead-letters?stream=mixed')
  expect(items).toMatchObject([{ record: 1, error: { code: 'record_invalid' } }])
})

describe('a configuration that is wrong names the field, the problem and the way out', () => {
  test.each([
    ['an unknown adapter', { adapter: 'nosuch' }, 422, 'unknown_adapter', 'adapter'],
    ['an unknown field', { color: 'blue' }, 400, 'invalid_request', 'color'],
    [
      'an unknown field of the adapter',
      { config: { request: { url: 'https://example.org' }, primaryKey: ['id'], colour: 1 } },
      422,
      'invalid_config',
      'config.colour',
    ],
    ['a wrong type', { timeout: 'long' }, 400, 'invalid_request', 'timeout'],
    ['an interval of 0', { schedule: { every: 0 } }, 400, 'invalid_request', 'schedule.every'],
    ['a cron expression that does not parse', { schedule: { cron: '99 * * * *' } }, 422, 'invalid_schedule', 'schedule.cron'],
    ['a missing secret', { adapter: 'iqair', config: { resource: 'nearest_city' } }, 422, 'missing_secret', 'secrets.key'],
    ['an unknown sink', { sinks: [{ type: 'nosuch' }] }, 422, 'unknown_sink', 'sinks.0.type'],
  ])('%s', async (_what, change, status, code, field) => {
    const answer = await fleet.api.call('POST', '/v1/streams', httpStream('wrong', source.url, change))
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.headers['content-type']).toContain('application/problem+json')
    const errors = (answer.body.errors ?? []) as { field: string; problem: string; hint?: string }[]
    expect(errors.map((error) => error.field)).toContain(field)
    expect(errors.every(({ problem, hint }) => problem !== '' && (hint ?? '') !== '')).toBe(true)
    expect((await fleet.api.call('GET', '/v1/streams/wrong')).status).toBe(404)
  })
})

test.skipIf(process.getuid?.() !== 0)(
  'a full disk in the store: the run fails with store_full, and goes on when there is room',
  async () => {
    const disk = mkdtempSync(join(tmpdir(), 'weaver-test-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk])
    try {
      const filler = 'x'.repeat(100_000)
      await using full = await startSource((_request, response) => json(response, { items: [{ id: 1, filler }] }))
      await using small = await startFleet({ env: { WEAVER_STORE_URL: `file://${disk}/objects` } })
      await small.api.post('/v1/streams', httpStream('full', full.url, { retry: { attempts: 100, delay: 400, maxDelay: 400 } }))
      await small.api.post('/v1/streams/full/start')
      await eventually(
        async () =>
          (await small.api.get<{ items: { error: { code: string } | null }[] }>('/v1/streams/full/runs')).items[0]?.error?.code ===
          'store_full',
        { what: 'store_full' },
      )
      execFileSync('mount', ['-o', 'remount,size=8m', disk])
      expect(await runEnds(small.api, 'full', ['succeeded'])).toMatchObject({ documents: 1 })
    } finally {
      execFileSync('umount', [disk])
      rmSync(disk, { recursive: true })
    }
  },
)

describe('a process that cannot start says why', () => {
  const env = { WEAVER_STORE_URL: 'file:///nowhere', WEAVER_SECRET_KEY: generateKey(), WEAVER_ADMIN_TOKEN: 'a-token-of-some-length' }

  test.each(['supervisor', 'worker'])('%s: a Postgres that is not there', async (service) => {
    await using child = spawnNode(main(service), { env: { ...env, WEAVER_LEDGER_URL: 'postgres://nobody@127.0.0.1:1/none' } })
    expect((await child.exited).code).toBe(1)
    expect(child.output()).toContain('ledger_unavailable')
  })

  test('wrong settings: status 78, each variable by name', async () => {
    await using child = spawnNode(main('supervisor'), { env: { ...env, WEAVER_PORT: 'http', WEAVER_LEDGER_URL: 'mysql://db' } })
    expect((await child.exited).code).toBe(78)
    expect(child.output()).toMatch(/WEAVER_PORT .*integer[^\n]*For example WEAVER_PORT=3000/)
    expect(child.output()).toMatch(/WEAVER_LEDGER_URL must match/)
  })

  test('a port in use', async () => {
    const taken = createTcpServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const port = String((taken.address() as AddressInfo).port)
    try {
      await using child = spawnNode(main('supervisor'), {
        env: { ...env, WEAVER_LEDGER_URL: fleet.databaseUrl, WEAVER_STORE_URL: `file://${fleet.objects}`, WEAVER_PORT: port },
      })
      expect((await child.exited).code).toBe(1)
      expect(child.output()).toContain(`WEAVER_PORT ${port} on 127.0.0.1 is in use`)
    } finally {
      taken.close()
    }
  })
})
