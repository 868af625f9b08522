import { readFile, writeFile } from 'node:fs/promises'
import { competeForLeadership, migrate } from '@data-weaver/ledger'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { sinkKind } from '@data-weaver/sinks'
import { createDatabase, eventually, spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { documentsOf, runsOf, startFleet } from '../e2e/fleet.ts'
import { json, startSource } from '../e2e/source.ts'
import { repositoryFile } from './compose.ts'
import { recordStatements } from './recorded-statements.ts'

const main = new URL('../../services/supervisor/src/main.ts', import.meta.url)
/** What a worker of the release before prepares in the ledger. */
const recorded = new URL('fixtures/worker-statements.json', import.meta.url)

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

describe('the tables', () => {
  it('are made once when several supervisors start at the same time in an empty database', { timeout: 120_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await createDatabase())
    const folder = stack.use(await temporaryFolder('upgrade'))
    const env = {
      WEAVER_LEDGER_URL: database.url,
      WEAVER_STORE_URL: `file://${folder.join('objects')}`,
      WEAVER_SECRET_KEY: generateKey(),
      WEAVER_ADMIN_TOKEN: 'a-token-for-this-test-alone',
      WEAVER_PORT: '0',
    }
    const all = Array.from({ length: 3 }, () => stack.use(spawnNode(main, { env })))
    for (const child of all) await child.line(/"supervisor up"/, 60_000)
    const { entries } = JSON.parse(repositoryFile('migrations/meta/_journal.json')) as { entries: readonly { when: number }[] }
    const applied = await withClient(database.url, (client) =>
      client.query<{ at: string }>('select created_at as at from weaver.migrations order by 1'),
    )
    expect(applied.rows.map(({ at }) => Number(at))).toEqual(entries.map(({ when }) => when))
    for (const child of all) expect(await child.end(), child.output()).toEqual({ code: 0, signal: null })
  })

  it('of the sink are made while a supervisor leads', async () => {
    await using database = await createDatabase()
    const lead = async (signal: AbortSignal) => await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    const leadership = competeForLeadership(database.url, { clock: systemClock, log: silentLog, name: 'weaver-test-leader', lead })
    try {
      await eventually(() => leadership.isLeader, { what: 'a leader' })
      const sink = await sinkKind('postgres').open({ ledgerUrl: database.url }, {})
      await sink.close()
    } finally {
      await leadership.close()
    }
  })
})

describe('a worker of the release before', () => {
  it('finds all that it asks for in the newest tables', async () => {
    const { statements } = JSON.parse(await readFile(recorded, 'utf8')) as { statements: readonly string[] }
    expect(statements.length).toBeGreaterThan(15)
    await using database = await createDatabase({ key: 'ledger alone', prepare: migrate })
    const refused: string[] = []
    await withClient(database.url, async (client) => {
      const sink = await sinkKind('postgres').open({ ledgerUrl: database.url }, {})
      await sink.close()
      for (const statement of statements) {
        // Preparing it looks up every table, column, type and function in it, and whether what is inserted may be.
        await client.query(`prepare recorded as ${statement}`).then(
          () => client.query('deallocate recorded'),
          (error: Error) => void refused.push(`${error.message}: ${statement.slice(0, 120)}`),
        )
      }
    })
    expect(refused).toEqual([])
  })

  it('is recorded from a worker that does its work', { timeout: 120_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    let served = 0
    const source = stack.use(
      await startSource((_request, response) => {
        served += 1
        json(response, { items: [{ id: `item-${served}` }, { none: true }] }, served % 3 === 0 ? 503 : 200)
      }),
    )
    const fleet = stack.use(await startFleet())
    await fleet.worker.end()
    const recorder = stack.use(await recordStatements(fleet.databaseUrl))
    await fleet.startWorker({ WEAVER_LEDGER_URL: recorder.url, WEAVER_QUEUE_URL: fleet.databaseUrl })
    const config = { request: { url: source.url }, records: { path: 'items' }, primaryKey: ['id'] }
    const more = {
      schedule: { every: 200 },
      budget: { policies: [{ requests: 1000, perMs: 1000 }] },
      retry: { attempts: 3, delay: 10, maxDelay: 50 },
    }
    await fleet.api.post('/v1/streams', { name: 'recorded', adapter: 'http', config, ...more })
    await fleet.api.post('/v1/streams/recorded/start')
    await eventually(async () => (await documentsOf(fleet.api, 'recorded')).length >= 5, { what: 'documents', timeoutMs: 30_000 })
    await eventually(async () => (await runsOf(fleet.api, 'recorded')).some(({ attempt }) => attempt > 1), {
      what: 'another attempt',
      timeoutMs: 30_000,
    })
    await fleet.api.post('/v1/streams/recorded/stop')
    await fleet.worker.end()
    const statements = recorder.statements()
    for (const part of ['insert into weaver.results', 'update weaver.runs', 'insert into weaver.workers', 'weaver_documents.documents'])
      expect(
        statements.filter((text) => text.toLowerCase().includes(part)),
        part,
      ).not.toEqual([])
    // With each release this is written anew: from then on migrations are held against what that release asks.
    if (process.env['WEAVER_RECORD_STATEMENTS'] !== undefined)
      await writeFile(process.env['WEAVER_RECORD_STATEMENTS'], `${JSON.stringify({ statements }, null, 2)}\n`)
  })
})
