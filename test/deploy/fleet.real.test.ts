import {
  eventually,
  findVespa,
  freePort,
  requireMinio,
  requirePostgresTools,
  requireServer,
  sourceServer,
  type Spawned,
  startOwnPostgres,
  startVespa,
  temporaryFolder,
} from '@data-weaver/testkit'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { type Api, apiAt } from '../e2e/api.ts'
import { documentsOf, runsOf } from '../e2e/fleet.ts'
import { json, startSource } from '../e2e/source.ts'
import { startNginx } from './nginx.ts'
import { initPostgres, playParts, playSecrets, type Secrets, startService, type Variables } from './played-compose.ts'

const nginx = await requireServer('nginx')
const redis = await requireServer('redis-server')
const minio = await requireMinio()
const tools = await requirePostgresTools()
/** Where it is missing, the fleet is played without Vespa. */
const vespa = await findVespa()
const applicationPackage = fileURLToPath(new URL('../../deploy/vespa', import.meta.url))

/** Vespa, an endpoint that embeds texts, and what an `.env` says of both. The token is a file of the secrets. */
async function startVespaAndModel(stack: AsyncDisposableStack, secrets: Secrets) {
  if (vespa === undefined) return undefined
  const documents = stack.use(await startVespa(vespa, applicationPackage))
  const model = await sourceServer(({ body, headers }) => {
    if (headers.authorization !== 'Bearer the-token-of-the-model') return { status: 401, body: {} }
    const { input } = JSON.parse(body) as { input: readonly string[] }
    const data = input.map((text, index) => ({ index, embedding: Array.from({ length: 384 }, (_, at) => (text.length + at) / 8) }))
    return { body: { data } }
  })
  stack.defer(() => model.close())
  await secrets.add('embedding_token', 'the-token-of-the-model\n')
  const variables: Variables = {
    WEAVER_VESPA_URL: documents.url,
    WEAVER_VESPA_APPLICATION: '/etc/weaver/vespa',
    WEAVER_EMBEDDING_URL: `${model.url}/v1/embeddings`,
    WEAVER_EMBEDDING_TOKEN_FILE: '/run/secrets/optional/embedding_token',
  }
  return { documents, model, variables }
}

/** Everything below nginx: the parts, two supervisors, four workers, and how to start more. */
async function startAll(stack: AsyncDisposableStack) {
  // Empty: the first supervisor brings it up to date. A server of its own, since the role of workers is made in it.
  const database = stack.use(await startOwnPostgres())
  const folder = stack.use(await temporaryFolder('compose'))
  const { hosts, start } = await playParts(stack, folder, minio as string)
  const secrets = await playSecrets(folder, database.url, hosts)
  await initPostgres(tools as string, database.url, secrets)
  const [withVespa] = await Promise.all([startVespaAndModel(stack, secrets), start()])
  const variables: Variables = { WEAVER_LEASE_MS: '3000', WEAVER_EGRESS_ALLOW: '127.0.0.1', ...withVespa?.variables }
  const up = async (name: 'supervisor' | 'worker', env: Record<string, string>): Promise<Spawned> => {
    const child = stack.use(startService(name, secrets, variables, env))
    await child.line(new RegExp(`"${name} up"`), 60_000)
    return child
  }
  const supervisor = (port: number) => up('supervisor', { WEAVER_PORT: String(port), WEAVER_HOST: '127.0.0.1' })
  const worker = () => up('worker', {})
  // The third is there when it is scaled up.
  const ports = [await freePort(), await freePort(), await freePort()] as const
  // Both at once: one of them makes the tables.
  const supervisors = await Promise.all([supervisor(ports[0]), supervisor(ports[1])])
  const workers = await Promise.all([worker(), worker(), worker(), worker()])
  return { secrets, ports, supervisor, worker, supervisors, workers, withVespa }
}

/** Does something again and again until it is told to stop; answers when the last time is over. */
function again(stack: AsyncDisposableStack, work: () => Promise<void>): () => Promise<void> {
  let going = true
  const loop = (async () => {
    while (going) await work()
  })()
  loop.catch(() => {})
  stack.defer(() => void (going = false))
  return async () => {
    going = false
    await loop
  }
}

/** Four senders, each of which sends on when its last request was accepted, and the same request again until then. */
function startSenders(stack: AsyncDisposableStack, address: string, token: string) {
  const accepted: number[] = []
  let refused = 0
  let sent = 0
  const send = async (n: number): Promise<boolean> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': `key-${n}` }
    const body = JSON.stringify({ id: n, headline: `What was pushed as ${n}` })
    const answer = await request(`${address}/v1/ingest/pushed`, { method: 'POST', headers, body }).catch(() => undefined)
    await answer?.body.dump()
    return answer?.statusCode === 202
  }
  const ends = Array.from({ length: 4 }, () =>
    again(stack, async () => {
      const n = (sent += 1)
      while (!(await send(n))) refused += 1
      accepted.push(n)
    }),
  )
  const end = async () => {
    await Promise.all(ends.map((stop) => stop()))
    return { accepted: accepted.toSorted((x, y) => x - y), refused }
  }
  return { end, count: () => accepted.length }
}

interface ResultView {
  readonly id: string
}

/** The ids that committed pages hold, by their raw responses: what must be delivered, whatever happened. */
async function fetchedIds(api: Api, stream: string): Promise<readonly string[]> {
  const ids: string[] = []
  let after = ''
  do {
    const page: { items: readonly ResultView[]; next: string | null } = await api.get(`/v1/streams/${stream}/results?limit=500${after}`)
    for (const { id } of page.items) {
      const body = JSON.parse((await api.bytes(`/v1/results/${id}/body`)).toString()) as { items: { id: string }[] }
      ids.push(...body.items.map((item) => item.id))
    }
    after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`
  } while (after !== '')
  return ids.toSorted()
}

async function startStreams(api: Api, sourceUrl: string, withVespa: boolean): Promise<void> {
  const sinks = [{ type: 'postgres' }, ...(withVespa ? [{ type: 'vespa', namespace: 'weaver', documentType: 'weaver' }] : [])]
  const fields = { title: 'headline', embedding: { embed: 'headline' } }
  const article = { type: 'vespa', documentType: 'article', fields, embedding: { model: 'small' } }
  const embedding = [{ type: 'postgres' }, ...(withVespa ? [article] : [])]
  const config = { request: { url: sourceUrl }, records: { path: 'items' }, primaryKey: ['id'] }
  await api.post('/v1/streams', { name: 'play', adapter: 'http', config, schedule: { every: 250 }, timeout: 30_000, sinks })
  await api.post('/v1/streams', {
    name: 'pushed',
    adapter: 'push',
    config: { primaryKey: ['id'] },
    schedule: { manual: true },
    sinks: embedding,
  })
  if (withVespa) {
    // The supervisors know the schemas that are deployed.
    const misfit = { ...article, fields: { ...fields, rating: 'rating' } }
    const { status, body } = await api.call('POST', '/v1/streams', {
      name: 'misfit',
      adapter: 'push',
      config: { primaryKey: ['id'] },
      schedule: { manual: true },
      sinks: [misfit],
    })
    expect(status).toBe(422)
    expect(body['errors']).toMatchObject([{ field: 'sinks.0.fields.rating', problem: 'is not in the schema that is deployed' }])
  }
  for (const name of ['play', 'pushed']) await api.post(`/v1/streams/${name}/start`)
}

/** Fetched is delivered, each once: no page has another's record, and no document was written twice. So is what was accepted. */
async function expectAllDelivered(api: Api, accepted: readonly number[]): Promise<{ readonly fetched: number; readonly count: number }> {
  await api.post('/v1/streams/play/stop', { mode: 'drain', deadline: 20_000 })
  const fetched = await fetchedIds(api, 'play')
  const delivered = async (name: string, count: number) =>
    await eventually(async () => (await documentsOf(api, name)).length >= count, {
      what: `all of ${name} to be delivered`,
      timeoutMs: 60_000,
    })
  await delivered('play', fetched.length)
  await delivered('pushed', accepted.length)
  const [played, pushed] = [await documentsOf(api, 'play'), await documentsOf(api, 'pushed')]
  expect(played.map(({ fields }) => String(fields['id'])).toSorted()).toEqual(fetched)
  expect(new Set(fetched).size).toBe(fetched.length)
  expect(pushed.map(({ fields }) => Number(fields['id'])).toSorted((x, y) => x - y)).toEqual(accepted)
  expect([...played, ...pushed].filter(({ revision }) => revision !== 1)).toEqual([])
  return { fetched: fetched.length, count: played.length + pushed.length }
}

const missing = [nginx, redis, minio, tools].includes(undefined)

describe.skipIf(missing)('the compose file, played with processes', () => {
  it('is scaled, killed and rolled one by one under load: nothing is lost, doubled or refused', { timeout: 500_000 }, async () => {
    await using stack = new AsyncDisposableStack()
    const { secrets, ports, supervisor, worker, supervisors, workers, withVespa } = await startAll(stack)
    const front = stack.use(await startNginx(nginx as string, ports))
    const token = await secrets.read('admin_token')
    const api = apiAt(front.address, token)
    let served = 0
    const source = stack.use(
      await startSource((_request, response) => {
        served += 1
        json(response, { items: [{ id: `record-${served}` }] })
      }),
    )
    await startStreams(api, source.url, withVespa !== undefined)

    const answers = new Map<number, number>()
    const endReader = again(stack, async () => {
      const { status } = await api.call('GET', '/v1/streams')
      answers.set(status, (answers.get(status) ?? 0) + 1)
    })
    const senders = startSenders(stack, front.address, token)
    /** Both ways go on: fetched and pushed. */
    const goesOn = async () => {
      const [before, sent] = [(await documentsOf(api, 'play')).length, senders.count()]
      const more = async () => (await documentsOf(api, 'play')).length > before && senders.count() > sent + 4
      await eventually(more, { what: 'more documents', timeoutMs: 40_000 })
    }
    const rolled = async (old: Spawned, next: () => Promise<Spawned>) => {
      expect(await old.end(), old.output()).toEqual({ code: 0, signal: null })
      await next()
      await goesOn()
    }
    await goesOn()
    const [added, third] = [await worker(), await supervisor(ports[2])]
    for (const old of workers) await rolled(old, worker)
    await rolled(supervisors[0], () => supervisor(ports[0]))
    // Killed: nobody says goodbye.
    await supervisors[1].end('SIGKILL')
    await goesOn()
    await supervisor(ports[1])
    await added.end('SIGKILL')
    await goesOn()
    expect(await third.end(), third.output()).toEqual({ code: 0, signal: null })
    await goesOn()
    await endReader()
    expect([...answers.keys()]).toEqual([200])
    const { accepted, refused } = await senders.end()

    const { fetched, count } = await expectAllDelivered(api, accepted)
    // What was asked of the source and not kept was in the hands of the one worker that was killed.
    expect(served - fetched).toBeLessThanOrEqual(1)
    expect(refused, 'of requests that were sent again').toBeLessThan(accepted.length)
    if (withVespa !== undefined) {
      const { documents, model } = withVespa
      await eventually(async () => (await documents.control({})).documents === count, { what: 'Vespa to have the same' })
      // Vespa takes a vector with each of these, so workers had the address and the token.
      expect(model.requests.length).toBeGreaterThan(0)
      expect([...new Set(model.requests.map(({ headers }) => headers.authorization))]).toEqual(['Bearer the-token-of-the-model'])
    }
    const runs = await runsOf(api, 'play')
    expect(runs.filter(({ state }) => ['failed', 'timedOut', 'partial'].includes(state))).toEqual([])
  })
})
