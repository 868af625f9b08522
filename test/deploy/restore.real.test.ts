import { fileURLToPath } from 'node:url'
import { eventually, requireMinio, spawnNode, startMinio, startOwnPostgres } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { describe, expect, it } from 'vitest'
import { type DocumentView, documentsOf, type Fleet, startFleet } from '../e2e/fleet.ts'
import { json, startSource } from '../e2e/source.ts'

const minio = await requireMinio()
const script = fileURLToPath(new URL('../../services/supervisor/src/restore/main.ts', import.meta.url))

interface ResultView {
  readonly id: string
  readonly seq: number
  readonly sha256: string
  readonly request: { readonly url: string }
}

/** What is known of results; how they were delivered is another matter. */
const resultsOf = async ({ api }: Fleet, stream: string): Promise<readonly ResultView[]> => {
  const { items } = await api.get<{ items: readonly (ResultView & { deliveries?: unknown })[] }>(`/v1/streams/${stream}/results?limit=500`)
  return items.map(({ deliveries: _, ...result }) => result).toSorted((x, y) => x.seq - y.seq)
}

/** All of a document that its raw response decides. */
const facts = (documents: readonly DocumentView[]) =>
  documents.map(({ id, seq, fields, lineage }) => ({ id, seq, fields, lineage })).toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** Runs the command as the container does; answers what it printed. */
async function restore(env: Record<string, string>, ...args: string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  await using child = spawnNode(script, { args, env: { WEAVER_SECRET_KEY: generateKey(), WEAVER_LOG_LEVEL: 'silent', ...env } })
  const { code } = await child.exited
  return { code, output: child.output() }
}

describe.skipIf(minio === undefined)('a ledger that was lost', () => {
  it('is rebuilt from the store: streams, results, documents, without asking a source', { timeout: 300_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const store = stack.use(await startMinio(minio as string))
    let served = 0
    const source = stack.use(
      await startSource((_request, response, url) => {
        served += 1
        json(response, { items: [{ id: `${url.pathname.slice(1)}-${served}`, n: served }] })
      }),
    )
    const names = ['alpha', 'beta']
    const before = new Map<string, { readonly results: readonly ResultView[]; readonly documents: readonly DocumentView[] }>()
    {
      await using first = new AsyncDisposableStack()
      const postgres = first.use(await startOwnPostgres())
      const fleet = first.use(await startFleet({ env: { WEAVER_LEDGER_URL: postgres.url, WEAVER_STORE_URL: store.url } }))
      const config = (name: string) => ({ request: { url: `${source.url}/${name}` }, records: { path: 'items' }, primaryKey: ['id'] })
      for (const name of names) {
        await fleet.api.post('/v1/streams', { name, adapter: 'http', config: config(name), schedule: { every: 300 } })
        await fleet.api.post(`/v1/streams/${name}/start`)
      }
      for (const name of names)
        await eventually(async () => (await documentsOf(fleet.api, name)).length >= 4, { what: `documents of ${name}`, timeoutMs: 30_000 })
      // Another version, so that results of one stream are of two.
      await fleet.api.call('PATCH', '/v1/streams/beta', { transform: { kind: 'mapping', fields: { twice: { constant: 2 } } } })
      const settled = (await documentsOf(fleet.api, 'beta')).length
      await eventually(async () => (await documentsOf(fleet.api, 'beta')).length >= settled + 2, { what: 'documents of the new version' })
      for (const name of names) {
        await fleet.api.post(`/v1/streams/${name}/stop`)
        before.set(name, { results: await resultsOf(fleet, name), documents: await documentsOf(fleet.api, name) })
      }
      // It writes its catalogue once more as it leaves. Then everything but the store is thrown away.
      expect(await fleet.supervisor.end()).toEqual({ code: 0, signal: null })
    }
    const asked = source.requests.length
    const postgres = stack.use(await startOwnPostgres())
    const env = { WEAVER_LEDGER_URL: postgres.url, WEAVER_STORE_URL: store.url }
    const total = [...before.values()].reduce((sum, { results }) => sum + results.length, 0)
    expect(await restore(env, '--dry-run')).toMatchObject({
      code: 0,
      output: expect.stringContaining(`${total} results of 2 streams can be`),
    })
    const done = await restore(env)
    expect(done, done.output).toMatchObject({ code: 0, output: expect.stringContaining(`${total} results of 2 streams were`) })
    expect(await restore(env)).toMatchObject({ code: 0, output: expect.stringContaining('0 results of') })

    const fleet = stack.use(await startFleet({ env }))
    for (const name of names) {
      const { results, documents } = before.get(name) as { results: readonly ResultView[]; documents: readonly DocumentView[] }
      await eventually(async () => (await documentsOf(fleet.api, name)).length >= documents.length, {
        what: `${name} to come back`,
        timeoutMs: 60_000,
      })
      expect(facts(await documentsOf(fleet.api, name)).map(({ id, seq, lineage }) => [id, seq, lineage.resultId])).toEqual(
        facts(documents).map(({ id, seq, lineage }) => [id, seq, lineage.resultId]),
      )
      expect(await resultsOf(fleet, name)).toEqual(results)
      expect((await fleet.api.get<{ desired: string }>(`/v1/streams/${name}`)).desired).toBe('stopped')
    }
    expect(source.requests).toHaveLength(asked)
    // It goes on: new numbers are above those that were there.
    await fleet.api.post('/v1/streams/alpha/start')
    const last = Math.max(...[...before.values()].flatMap(({ results }) => results.map(({ seq }) => seq)))
    await eventually(async () => (await resultsOf(fleet, 'alpha')).some(({ seq }) => seq > last + 1000), { what: 'a new result' })
  })
  it('is rebuilt without a catalogue as well, for the stream that is named', { timeout: 200_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const store = stack.use(await startMinio(minio as string))
    let served = 0
    const source = stack.use(await startSource((_request, response) => json(response, { items: [{ id: `item-${(served += 1)}` }] })))
    const stream = {
      name: 'alone',
      adapter: 'http',
      config: { request: { url: source.url }, records: { path: 'items' }, primaryKey: ['id'] },
      schedule: { every: 300 },
    }
    let documents: readonly DocumentView[] = []
    {
      await using first = new AsyncDisposableStack()
      const fleet = first.use(await startFleet({ env: { WEAVER_STORE_URL: store.url } }))
      await fleet.api.post('/v1/streams', stream)
      await fleet.api.post('/v1/streams/alone/start')
      await eventually(async () => (await documentsOf(fleet.api, 'alone')).length >= 4, { what: 'documents', timeoutMs: 30_000 })
      await fleet.api.post('/v1/streams/alone/stop')
      documents = await documentsOf(fleet.api, 'alone')
      // It has no time to write anything down.
      await fleet.supervisor.end('SIGKILL')
    }
    const asked = source.requests.length
    const fleet = stack.use(await startFleet({ env: { WEAVER_STORE_URL: store.url } }))
    const env = { WEAVER_LEDGER_URL: fleet.databaseUrl, WEAVER_STORE_URL: store.url }
    expect(await restore(env)).toMatchObject({ code: 1, output: expect.stringContaining('no catalogue') })
    expect(await restore(env, '--stream', 'alone')).toMatchObject({ code: 1, output: expect.stringContaining('not_found') })
    await fleet.api.post('/v1/streams', stream)
    const done = await restore(env, '--stream', 'alone')
    expect(done, done.output).toMatchObject({ code: 0, output: expect.stringContaining('results of 1 streams were restored') })
    await eventually(async () => (await documentsOf(fleet.api, 'alone')).length >= documents.length, {
      what: 'the documents to come back',
      timeoutMs: 60_000,
    })
    const lineage = (all: readonly DocumentView[]) =>
      all.map(({ id, lineage: { resultId, runId } }) => `${id} ${resultId} ${runId}`).toSorted()
    expect(lineage(await documentsOf(fleet.api, 'alone'))).toEqual(lineage(documents))
    expect(source.requests).toHaveLength(asked)
  })
})
