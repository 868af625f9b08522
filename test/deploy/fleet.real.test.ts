import {
  createDatabase,
  eventually,
  findVespa,
  freePort,
  requireMinio,
  requireServer,
  type Spawned,
  startVespa,
  temporaryFolder,
} from '@data-weaver/testkit'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { apiAt } from '../e2e/api.ts'
import { documentsOf, runsOf } from '../e2e/fleet.ts'
import { json, startSource } from '../e2e/source.ts'
import { startNginx } from './nginx.ts'
import { playParts, playSecrets, startService } from './played-compose.ts'

const nginx = await requireServer('nginx')
const redis = await requireServer('redis-server')
const minio = await requireMinio()
/** Where it is missing, the fleet is played without Vespa. */
const vespa = await findVespa()
const applicationPackage = fileURLToPath(new URL('../../deploy/vespa', import.meta.url))

/** Everything below nginx: the parts, two supervisors, four workers, and how to start more. */
async function startAll(stack: AsyncDisposableStack) {
  // Empty: the first supervisor brings it up to date.
  const database = stack.use(await createDatabase())
  const folder = stack.use(await temporaryFolder('compose'))
  const { hosts, start } = await playParts(stack, folder, minio as string)
  const secrets = await playSecrets(folder, database.url, hosts)
  const [documents] = await Promise.all([vespa === undefined ? undefined : startVespa(vespa, applicationPackage), start()])
  if (documents !== undefined) stack.use(documents)
  const everywhere: Record<string, string> = documents === undefined ? {} : { WEAVER_VESPA_URL: documents.url }
  const ports = [await freePort(), await freePort()]
  const up = async (name: 'supervisor' | 'worker', env: Record<string, string>): Promise<Spawned> => {
    const child = stack.use(startService(name, secrets, { ...everywhere, ...env }))
    await child.line(new RegExp(`"${name} up"`), 30_000)
    return child
  }
  const supervisor = (port: number) => up('supervisor', { WEAVER_PORT: String(port), WEAVER_HOST: '127.0.0.1' })
  const worker = () => up('worker', { WEAVER_EGRESS_ALLOW: '127.0.0.1', WEAVER_LEASE_MS: '3000' })
  const supervisors = await Promise.all(ports.map(supervisor))
  const workers = await Promise.all([worker(), worker(), worker(), worker()])
  return { secrets, ports, supervisor, worker, supervisors, workers, documents }
}

describe.skipIf(nginx === undefined || redis === undefined || minio === undefined)('the compose file, played with processes', () => {
  it('starts from made secrets; every instance is replaced under load, and nothing is lost or refused', { timeout: 400_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const { secrets, ports, supervisor, worker, supervisors, workers, documents } = await startAll(stack)
    const front = stack.use(await startNginx(nginx as string, ports))
    const api = apiAt(front.address, await secrets.read('admin_token'))

    let served = 0
    const source = stack.use(
      await startSource((_request, response) => {
        served += 1
        json(response, { items: [{ id: `record-${served}` }] })
      }),
    )
    const config = { request: { url: source.url }, records: { path: 'items' }, primaryKey: ['id'] }
    const inVespa = documents === undefined ? [] : [{ type: 'vespa', namespace: 'weaver', documentType: 'weaver' }]
    await api.post('/v1/streams', {
      name: 'play',
      adapter: 'http',
      config,
      schedule: { every: 250 },
      sinks: [{ type: 'postgres' }, ...inVespa],
    })
    await api.post('/v1/streams/play/start')
    const moreDocuments = async (more: number) => {
      const before = (await documentsOf(api, 'play')).length
      await eventually(async () => (await documentsOf(api, 'play')).length >= before + more, { what: 'more documents', timeoutMs: 30_000 })
    }
    await moreDocuments(2)

    // Somebody asks all the time, through nginx.
    const answers = new Map<number, number>()
    let asking = true
    const load = (async () => {
      while (asking) {
        const { status } = await api.call('GET', '/v1/streams')
        answers.set(status, (answers.get(status) ?? 0) + 1)
      }
    })()
    stack.defer(async () => {
      asking = false
      await load.catch(() => {})
    })
    const added = await worker()
    for (const old of workers) {
      expect(await old.end(), old.output()).toEqual({ code: 0, signal: null })
      await worker()
      await moreDocuments(1)
    }
    for (const [index, old] of supervisors.entries()) {
      expect(await old.end(), old.output()).toEqual({ code: 0, signal: null })
      await moreDocuments(1)
      await supervisor(ports[index] as number)
    }
    await added.end('SIGKILL')
    await moreDocuments(2)
    asking = false
    await load
    expect([...answers.keys()]).toEqual([200])
    expect(answers.get(200)).toBeGreaterThan(20)

    await api.post('/v1/streams/play/stop')
    const runs = await runsOf(api, 'play')
    // The stop itself may end one; a kill makes its run begin again.
    expect(runs.filter(({ state }) => !['succeeded', 'interrupted', 'delivering', 'skipped', 'missed'].includes(state))).toEqual([])
    const pages = async () => (await runsOf(api, 'play')).reduce((sum, run) => sum + run.pages, 0)
    await eventually(async () => (await documentsOf(api, 'play')).length >= (await pages()), { what: 'every page to be a document' })
    // One document a page: what Vespa lacks is a delivery that was lost.
    if (documents !== undefined)
      await eventually(async () => (await documents.control({})).documents >= (await pages()), { what: 'every page to be in Vespa' })
  })
})
