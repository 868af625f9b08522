import type { Result } from '@data-weaver/contracts'
import { eventually, requireServer } from '@data-weaver/testkit'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, apiAt } from '../e2e/api.ts'
import { documentsOf, type Fleet, runsOf, startFleet } from '../e2e/fleet.ts'
import { type Nginx, startNginx } from './nginx.ts'

const program = await requireServer('nginx')
const token = 'test-admin-token-0123456789'

interface Pushed {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly replayed: boolean
  readonly body: { readonly resultId: string; readonly runId: string; readonly seq: number; readonly code?: string }
}

describe.skipIf(program === undefined)('what is pushed through nginx to two supervisors', () => {
  const stack = new AsyncDisposableStack()
  let fleet: Fleet
  let nginx: Nginx
  /** Through nginx, as every client. */
  let api: Api
  let ports: readonly number[]

  beforeAll(async () => {
    fleet = stack.use(await startFleet())
    ports = [fleet.address, await fleet.startAnotherSupervisor()].map((address) => Number(new URL(address).port))
    nginx = stack.use(await startNginx(program as string, ports))
    api = apiAt(nginx.address, token)
  })
  afterAll(() => stack.disposeAsync())

  async function started(name: string, more: object = {}, config: object = {}): Promise<void> {
    await api.post('/v1/streams', { name, adapter: 'push', config: { primaryKey: ['id'], ...config }, schedule: { manual: true }, ...more })
    await api.post(`/v1/streams/${name}/start`)
  }

  async function push(name: string, id: number, key = `${name}-${id}`): Promise<Pushed> {
    const answer = await request(new URL(`/v1/ingest/${name}`, nginx.address), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ id }),
    })
    const header = (of: string) => (answer.headers[of] === undefined ? undefined : String(answer.headers[of]))
    const text = await answer.body.text()
    return {
      status: answer.statusCode,
      retryAfter: header('retry-after'),
      replayed: header('idempotency-replayed') === 'true',
      body: JSON.parse(text) as Pushed['body'],
    }
  }

  const arrived = (name: string, count: number) =>
    eventually(async () => (await documentsOf(api, name)).length >= count, { what: `${count} documents of ${name}`, timeoutMs: 60_000 })

  /** Which supervisors answered the pushes to a stream, by nginx's own log. */
  async function served(name: string): Promise<ReadonlySet<number>> {
    const lines = (await nginx.output()).split('\n').filter((line) => line.includes(`"path":"/v1/ingest/${name}"`))
    return new Set(
      lines.flatMap((line) => (JSON.parse(line) as { upstream: string }).upstream.split(', ')).map((at) => Number(at.split(':')[1])),
    )
  }

  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

  test('is answered 202 only when it is committed: whoever is asked then has it', async () => {
    await started('committed')
    await Promise.all(
      upTo(8).map(async (sender) => {
        for (let id = sender; id < 120; id += 8) {
          const { status, body } = await push('committed', id)
          expect(status).toBe(202)
          // Any supervisor may answer this one.
          const result = await api.get<Result>(`/v1/results/${body.resultId}`)
          expect(result).toMatchObject({ runId: body.runId, seq: body.seq })
          expect((await api.bytes(`/v1/results/${body.resultId}/body`)).toString()).toBe(JSON.stringify({ id }))
        }
      }),
    )
    await arrived('committed', 120)
    expect(await served('committed')).toEqual(new Set(ports))
  })

  test('counts once by its key, at whichever supervisor it comes again', async () => {
    await started('once')
    const answers = await Promise.all(upTo(80).map((index) => push('once', index % 10)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
    for (const [index, { body }] of answers.entries()) expect(body).toEqual(answers[index % 10]?.body)
    expect(answers.filter(({ replayed }) => replayed).length).toBeGreaterThan(0)
    // Later as well, and with another body it is refused.
    for (const id of upTo(10)) expect(await push('once', id)).toMatchObject({ status: 202, replayed: true, body: answers[id]?.body })
    for (const id of upTo(4))
      expect(await push('once', id + 100, `once-${id}`)).toMatchObject({ status: 409, body: { code: 'idempotency_conflict' } })
    expect(await served('once')).toEqual(new Set(ports))
    await arrived('once', 10)
    expect(await runsOf(api, 'once')).toHaveLength(10)
  })

  test('is answered 429 while too much waits for the sinks, and taken again when it does not', async () => {
    // Nobody works in this pool yet.
    await started('waiting', { pool: 'later' }, { maxPending: 20 })
    const taken: number[] = []
    const refused = await eventually(
      async () => {
        const answer = await push('waiting', taken.length)
        if (answer.status === 202) taken.push(taken.length)
        return answer.status === 202 ? undefined : answer
      },
      { what: 'an answer that there is too much', timeoutMs: 30_000 },
    )
    expect(refused).toMatchObject({ status: 429, body: { code: 'backlog_full' } })
    expect(Number(refused.retryAfter)).toBeGreaterThan(0)
    expect(taken.length).toBeGreaterThanOrEqual(20)
    // The other supervisor refuses it as well, within the second in which it counts.
    await eventually(async () => (await Promise.all(upTo(8).map(() => push('waiting', -1)))).every(({ status }) => status === 429), {
      what: 'both supervisors to refuse',
    })
    await fleet.startWorker({ WEAVER_POOLS: 'later' })
    await eventually(async () => (await push('waiting', 1_000_000)).status === 202, { what: 'it to be taken again', timeoutMs: 30_000 })
    await eventually(async () => (await documentsOf(api, 'waiting')).some(({ fields }) => fields.id === 1_000_000), {
      what: 'the last document',
      timeoutMs: 30_000,
    })
    const ids = (await documentsOf(api, 'waiting')).map(({ fields }) => Number(fields.id))
    expect(ids).toEqual(expect.arrayContaining([...taken, 1_000_000]))
  })

  test('is neither lost nor doubled when a supervisor is killed in the middle', async () => {
    await started('killed')
    const count = 400
    let accepted = 0
    const half = Promise.withResolvers<void>()
    const repeated = new Set<number>()
    const senders = upTo(8).map(async (sender) => {
      for (let id = sender; id < count; id += 8) {
        // As the page says: whatever is not 202 is sent again, with the same key.
        for (;;) {
          const { status } = await push('killed', id).catch(() => ({ status: 0 }))
          if (status === 202) break
          repeated.add(id)
        }
        accepted += 1
        if (accepted === count / 2) half.resolve()
      }
    })
    await half.promise
    await fleet.supervisor.end('SIGKILL')
    await Promise.all(senders)
    process.stdout.write(`${count} pushes, ${repeated.size} of them sent again when a supervisor was killed\n`)
    await arrived('killed', count)
    const documents = await documentsOf(api, 'killed')
    expect(documents.map(({ fields }) => Number(fields.id)).toSorted((a, b) => a - b)).toEqual(upTo(count))
    // Each was written by one result: nothing came twice.
    expect(documents.every(({ revision }) => revision === 1)).toBe(true)
    const results: Result[] = []
    let after = ''
    do {
      const page = await api.get<{ items: Result[]; next: string | null }>(`/v1/streams/killed/results?limit=500${after}`)
      results.push(...page.items)
      after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`
    } while (after !== '')
    expect(results).toHaveLength(count)
  })
})
