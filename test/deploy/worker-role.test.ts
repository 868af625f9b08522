import { randomBytes } from 'node:crypto'
import { eventually, spawnNode, startPostgres } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentsOf, type Fleet, runEnds, runsOf, startFleet } from '../e2e/fleet.ts'
import { json, type Source, startSource } from '../e2e/source.ts'

const role = `weaver_test_${randomBytes(4).toString('hex')}`

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

const asRole = (url: string): string => {
  const own = new URL(url)
  own.username = role
  own.password = 'p'
  return own.href
}

describe('a worker with a role of its own', () => {
  const stack = new AsyncDisposableStack()
  let fleet: Fleet
  let source: Source
  /** Answers with a status other than 200 so many times. */
  let failures = 0
  beforeAll(async () => {
    const cluster = (await startPostgres()).url
    await withClient(cluster, (client) => client.query(`create role ${role} login password 'p'`))
    stack.defer(async () => void (await withClient(cluster, (client) => client.query(`drop role ${role}`))))
    source = stack.use(
      await startSource((request, response, url) => {
        const allowed = url.pathname !== '/secret' || request.headers['x-key'] === 'the-key'
        if (failures > 0) json(response, {}, 503)
        else if (allowed) json(response, { items: [{ id: 'a', n: 1 }, { id: 7 }, { none: true }] })
        else json(response, {}, 403)
        failures = Math.max(0, failures - 1)
      }),
    )
    fleet = stack.use(await startFleet({ env: { WEAVER_WORKER_ROLE: role } }))
    await fleet.worker.end()
    await startWorker()
  }, 120_000)
  afterAll(async () => await stack.disposeAsync())

  /** The queue is another server's matter, with credentials of its own. */
  const startWorker = () => fleet.startWorker({ WEAVER_LEDGER_URL: asRole(fleet.databaseUrl), WEAVER_QUEUE_URL: fleet.databaseUrl })

  const streamOf = (name: string, more: object = {}) => ({
    name,
    adapter: 'http',
    config: {
      request: { url: `${source.url}/secret` },
      auth: { type: 'header', name: 'X-Key', secret: 'key' },
      records: { path: 'items' },
      primaryKey: ['id'],
    },
    secrets: { key: 'the-key' },
    schedule: { manual: true },
    ...more,
  })

  it('does all that a worker does: secrets, failures, dead letters, budgets, an interrupted run, its own end', async () => {
    const { api } = fleet
    const budget = { policies: [{ requests: 1000, perMs: 1000 }] }
    await api.post(
      '/v1/streams',
      streamOf('own-role', { schedule: { every: 200 }, budget, retry: { attempts: 3, delay: 10, maxDelay: 50 } }),
    )
    await api.post('/v1/streams/own-role/start')
    await eventually(async () => (await documentsOf(api, 'own-role')).length === 2, { what: 'documents', timeoutMs: 30_000 })
    failures = 2
    await eventually(async () => (await runsOf(api, 'own-role')).some(({ attempt }) => attempt > 1), {
      what: 'another attempt',
      timeoutMs: 30_000,
    })
    expect((await api.get<{ items: unknown[] }>('/v1/dead-letters')).items.length).toBeGreaterThan(0)
    await fleet.worker.end('SIGKILL')
    await startWorker()
    const before = (await runsOf(api, 'own-role')).length
    await eventually(async () => (await runsOf(api, 'own-role')).length > before + 2, {
      what: 'runs of the next worker',
      timeoutMs: 30_000,
    })
    await api.post('/v1/streams/own-role/stop')
    expect((await runEnds(api, 'own-role', ['partial', 'succeeded'])).error).toBeNull()
    expect(await fleet.worker.end(), fleet.worker.output()).toEqual({ code: 0, signal: null })
    expect(fleet.output()).not.toContain('permission denied')
    await startWorker()
  })

  it('changes no configuration, deletes nothing that was fetched, and sees secrets of what runs alone', async () => {
    const { api } = fleet
    await api.post('/v1/streams', streamOf('at-rest'))
    await withClient(asRole(fleet.databaseUrl), async (client) => {
      for (const forbidden of [
        `update weaver.stream_versions set spec = '{}'`,
        `insert into weaver.stream_versions (stream_id, version, transform_version, spec) select id, 99, 1, '{}' from weaver.streams`,
        'update weaver.streams set version = 2',
        `update weaver.streams set name = 'mine'`,
        'delete from weaver.streams',
        'delete from weaver.results',
        `update weaver.results set key = 'x'`,
        'delete from weaver.stream_secrets',
        `insert into weaver.stream_secrets (stream_id, name, sealed) select id, 'x', 'x' from weaver.streams`,
        'select from weaver.idempotency_keys',
        'select from weaver.operations',
        'create table weaver.mine (id int)',
        'drop table weaver_documents.documents',
        'delete from weaver_documents.documents',
      ]) {
        await expect(client.query(forbidden), forbidden).rejects.toMatchObject({ code: '42501' })
      }
      const secrets = async () => (await client.query('select from weaver.stream_secrets')).rowCount
      const { rows } = await withClient(fleet.databaseUrl, (owner) =>
        owner.query<{ n: number }>('select count(*)::int as n from weaver.stream_secrets'),
      )
      expect(rows[0]?.n).toBe(2)
      expect(await secrets()).toBe(0)
    })
  })

  it('is not begun when the role is missing, and says so', async () => {
    await using child = spawnNode(new URL('../../services/supervisor/src/main.ts', import.meta.url), {
      env: {
        WEAVER_LEDGER_URL: fleet.databaseUrl,
        WEAVER_STORE_URL: `file://${fleet.objects}`,
        WEAVER_SECRET_KEY: generateKey(),
        WEAVER_ADMIN_TOKEN: 'a-token-for-this-test-alone',
        WEAVER_PORT: '0',
        WEAVER_WORKER_ROLE: 'weaver_nobody',
      },
    })
    expect(await child.exited).toMatchObject({ code: 78 })
    expect(child.output()).toContain('weaver_nobody')
  })
})
