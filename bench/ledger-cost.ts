/**
 * What the ledger's statements cost by the number of runs that share them: claims, commits that end their run, acknowledgements.
 * `node bench/ledger-cost.ts`
 */
import { randomUUID } from 'node:crypto'
import { silentLog, specDefaults, systemClock } from '@data-weaver/contracts'
import { startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { type ClaimedRun, type Ledger, migrate, openLedger } from '@data-weaver/ledger'
import { temporaryFolder } from '@data-weaver/testkit'

const streams = 200
const every = 100
const batches = [1, 4, 16, 64, 200]

async function prepare(ledger: Ledger): Promise<string[]> {
  const ids = Array.from({ length: streams }, () => randomUUID())
  const retry = { attempts: 1, delay: 10, maxDelay: 10 }
  const spec = {
    ...specDefaults,
    config: {},
    schedule: { every },
    timeout: 1000,
    bucket: 'results',
    transform: null,
    pool: 'default',
    retry,
  }
  for (const id of ids) {
    await ledger.streams.create({
      id,
      tenant: 'default',
      name: `cost-${id}`,
      adapter: 'http',
      sealed: {},
      spec: { ...spec, sinks: [{ type: 'postgres' }] },
    })
    await ledger.streams.start('default', id)
  }
  return ids
}

const page = (run: ClaimedRun) => ({
  runId: run.id,
  epoch: run.epoch,
  resultId: randomUUID(),
  part: 0,
  key: 'results/run/page.json',
  sha256: 'ab'.repeat(32),
  size: 600,
  contentType: 'application/json',
  request: { method: 'GET', url: 'http://source/', headers: { accept: 'application/json' } },
  response: {
    status: 200,
    headers: { 'content-type': 'application/json' },
    receivedAt: new Date(systemClock.now()).toISOString(),
    durationMs: 1,
  },
  sinks: [{ type: 'postgres' }],
  cursor: undefined,
  gap: undefined,
  ends: true,
  carrier: 'bench',
})

const done = (deliveryId: string) =>
  ({ deliveryId, attempt: 1, state: 'done', records: 1, documents: 1, refusals: [], error: null, retryAfterMs: 0 }) as const

async function measure(ledger: Ledger, ids: readonly string[], size: number, from: number): Promise<number> {
  const rounds = Math.max(8, Math.ceil(1600 / size))
  const spent = { claim: 0, commit: 0, settle: 0 }
  const timed = async <T>(what: keyof typeof spent, work: () => Promise<T>): Promise<T> => {
    const begun = systemClock.monotonic()
    const answer = await work()
    spent[what] += systemClock.monotonic() - begun
    return answer
  }
  for (let round = 0; round < rounds; round += 1) {
    const at = from + round * every * 10
    const some = Array.from({ length: size }, (_, index) => ids[(round * size + index) % streams] as string)
    const claims = await timed('claim', () =>
      Promise.all(
        some.map((streamId) =>
          ledger.claim('bench', 30_000, { kind: 'tick', streamId, at, runId: randomUUID(), canaryRunId: randomUUID() }),
        ),
      ),
    )
    const runs = claims.flatMap((claim) => (claim.outcome === 'claimed' ? [claim.run] : []))
    const commits = await timed('commit', () => Promise.all(runs.map((run) => ledger.commitPage(page(run)))))
    await timed('settle', () => Promise.all(commits.flatMap(({ deliveryIds }) => deliveryIds).map((id) => ledger.acknowledge(done(id)))))
  }
  const each = (what: keyof typeof spent) => `${what} ${((spent[what] / rounds / size) * 1000).toFixed(0).padStart(5)} us`
  console.log(`  ${String(size).padStart(4)} together: ${each('claim')}, ${each('commit')}, ${each('settle')} a run`)
  return from + (rounds + 1) * every * 10
}

await using folder = await temporaryFolder('bench')
await using postgres = await startEmbeddedPostgres({ dataDir: folder.join('ledger'), database: 'weaver', log: silentLog })
await migrate(postgres.url)
const ledger = openLedger(postgres.url, { clock: systemClock, log: silentLog, name: 'bench' })
const ids = await prepare(ledger)
console.log('time of a shared statement, divided by those who share it')
let from = systemClock.now() + 1000
for (const size of batches) from = await measure(ledger, ids, size, from)
await ledger.close()
