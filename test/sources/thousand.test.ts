import { readFile } from 'node:fs/promises'
import type { Operation } from '@data-weaver/contracts'
import { eventually, type Spawned, spawnNode } from '@data-weaver/testkit'
import pg from 'pg'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { type Fleet, runsOf, startFleet } from '../e2e/fleet.ts'
import { follow, found } from './following.ts'

const count = 1000
const nameOf = (n: number): string => `quiet-${String(n).padStart(4, '0')}`
const mebibyte = 2 ** 20
/**
 * Resident memory of the worker with all of them. It was 345 to 364 MiB when this was written, 20 to 46 more than without streams, because a
 * process that has just started has room in its heap; the rest is for other machines.
 */
const mostBytes = 512 * mebibyte
/** Signs of life of the source for which the streams are left alone, to see what that costs; four seconds lie between two. */
const quietBeats = 2
const patience = { timeoutMs: 60_000, intervalMs: 100 }

async function createAll({ api }: Fleet, source: string): Promise<void> {
  const left = Array.from({ length: count }, (_, n) => n).values()
  const config = { primaryKey: ['id'], segment: { ms: 1000 }, reconnect: { minMs: 100 } }
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const n of left) {
        const name = nameOf(n)
        await api.post('/v1/streams', {
          name,
          adapter: 'sse',
          schedule: { continuous: true },
          config: { ...config, url: `${source}/${name}` },
        })
      }
    }),
  )
}

/** Acts on all these streams and waits for the end of it. Answers the operation and how long it took, milliseconds. */
async function act({ api }: Fleet, action: 'start' | 'stop'): Promise<{ operation: Operation; tookMs: number }> {
  const begun = performance.now()
  const { id } = await api.post<Operation>('/v1/streams/actions', { action, filter: { prefix: 'quiet-' } })
  const operation = await eventually(
    async () => {
      const now = await api.get<Operation>(`/v1/operations/${id}`)
      return now.state === 'completed' || now.state === 'failed' ? now : undefined
    },
    { ...patience, what: `the operation ${action} to be complete` },
  )
  return { operation, tookMs: Math.round(performance.now() - begun) }
}

/** Seconds of processor time that a process has had, and its resident memory in bytes, as Linux counts them. */
async function usage({ pid }: Spawned): Promise<{ cpu: number; memory: number }> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
  const memory = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, memory: Number(memory) * 1024 }
}

/** Which part of a core a process takes while nothing but signs of life comes. */
async function quietShare(process: Spawned, beats: () => Promise<number>): Promise<number> {
  const first = await beats()
  const after = (n: number) => eventually(async () => (await beats()) >= first + n, { ...patience, what: `sign of life ${n}` })
  await after(1)
  const [before, from] = [await usage(process), performance.now()]
  await after(1 + quietBeats)
  return ((await usage(process)).cpu - before.cpu) / ((performance.now() - from) / 1000)
}

const counted = async (client: pg.Client, query: string): Promise<number> =>
  Number((await client.query<{ n: string }>(`select count(*) as n from ${query}`)).rows[0]?.n)

test.skipIf(process.platform !== 'linux')(
  `one worker holds ${count} live streams, started by one action and stopped by one`,
  async () => {
    await using source = spawnNode(new URL('stand-ins/crowd.ts', import.meta.url))
    const address = `http://127.0.0.1:${(await source.line(/^port (\d+)$/m))[1]}`
    // What is measured is measured as well with the options of V8 that somebody gives.
    const { NODE_OPTIONS = '' } = process.env
    await using fleet = await startFleet({ env: { WEAVER_LEASE_MS: '10000', WEAVER_LIVE_SLOTS: String(count), NODE_OPTIONS } })
    await using stack = new AsyncDisposableStack()
    const client = new pg.Client({ connectionString: fleet.databaseUrl })
    await client.connect()
    stack.defer(() => client.end())
    const answered = async (path: string): Promise<string> => await (await request(`${address}${path}`)).body.text()
    const listening = async () => Number(await answered('/count'))
    const withoutStreams = (await usage(fleet.worker)).memory

    await createAll(fleet, address)
    const started = await act(fleet, 'start')
    expect(started.operation).toMatchObject({ state: 'completed', streams: { matched: count, done: count } })
    const openedFrom = performance.now()
    await eventually(async () => (await listening()) === count, { ...patience, what: `${count} connections` })
    const openMs = started.tookMs + Math.round(performance.now() - openedFrom)
    await eventually(async () => (await counted(client, 'weaver_documents.documents where revision = 1')) === count, {
      ...patience,
      what: 'the first document of each stream',
    })

    const share = await quietShare(fleet.worker, async () => Number(await answered('/beats')))
    expect(await listening()).toBe(count)

    await answered('/say')
    await eventually(async () => (await counted(client, 'weaver_documents.documents where revision = 2')) === count, {
      ...patience,
      what: 'the second word of each stream',
    })
    expect(await found(fleet, `"word 2 for ${nameOf(417)}"`)).toEqual([`${nameOf(417)}:${nameOf(417)}`])
    expect(await counted(client, `weaver.runs where state = 'running'`)).toBe(count)
    expect(await counted(client, '(select distinct worker_id from weaver.runs) w')).toBe(1)
    const held = await usage(fleet.worker)

    // A poll is not kept waiting by a thousand live streams.
    await follow(fleet, { name: 'polled', adapter: 'http', config: { request: { url: `${address}/count` }, primaryKey: ['id'] } })
    const pollEnds = async () => (await runsOf(fleet.api, 'polled'))[0]?.state
    await eventually(async () => ['succeeded', 'partial', 'failed'].includes((await pollEnds()) ?? ''), { ...patience, what: 'a poll' })

    const stopped = await act(fleet, 'stop')
    expect(stopped.operation).toMatchObject({ state: 'completed', runs: { told: count, acknowledged: count } })
    expect(await listening()).toBe(0)
    expect(await counted(client, `weaver.runs where state in ('running', 'stopping', 'waiting', 'queued')`)).toBe(0)

    const mb = (bytes: number): number => Math.round(bytes / mebibyte)
    process.stdout.write(
      `${count} live streams on one worker: open after ${openMs} ms; ${mb(held.memory)} MiB (${mb(withoutStreams)} without them), ` +
        `${(share * 100).toFixed(1)} % of a core while quiet; stopped in ${stopped.tookMs} ms\n`,
    )
    expect(held.memory).toBeLessThan(mostBytes)
    expect(share).toBeLessThan(0.5)
    expect(stopped.tookMs).toBeLessThan(15_000)
  },
  180_000,
)
