import { systemClock } from '@data-weaver/contracts'
import { failpointNames } from '@data-weaver/failpoints'
import { eventually } from '@data-weaver/testkit'
import { campaign, type CampaignOptions, type Scene, type Verdict } from './campaign.ts'
import type { Fleet } from './fleet.ts'
import { rare } from './kills.ts'
import { isStopped, pauseAll } from './pauses.ts'
import { ledgerNow, one } from './settle.ts'
import { startStream } from './streams.ts'
import type { Truth } from './truth.ts'

// What the suite and its mutants share: the same harm that does nothing to the product must be seen when the product is broken.

/** Streams whose runs are still under way when a paused worker wakes up. */
async function longRuns(fleet: Fleet, truth: Truth): Promise<void> {
  for (const name of ['long1', 'long2', 'long3', 'long4', 'long5', 'long6'])
    await startStream(fleet, truth, name, { pages: 20, perPage: 6, delayMs: 900 }, { every: 3000 })
  for (const name of ['brief1', 'brief2', 'brief3'])
    await startStream(fleet, truth, name, { pages: 1, perPage: 20, delayMs: 50, events: name === 'brief1' }, { every: 500 })
}

/** Workers sleep beyond their leases and wake up again. */
export async function pauseScenario(
  pauses: number,
  options: CampaignOptions = {},
  failpoints?: string,
): Promise<Verdict & { times: number }> {
  let times = 0
  const plan = { pauses, workers: 5, pauseMs: 6000, ...(failpoints === undefined ? {} : { failpoints }) }
  const verdict = await campaign({ streams: longRuns, ...options }, async ({ fleet, watch }) => {
    times = await pauseAll(fleet, watch, plan)
  })
  return { ...verdict, times }
}

/** A step that a broken product never reaches is not waited for any longer, milliseconds. */
const longestErrorsMs = 90_000

/** At every hop the effect happens and the caller sees an error, now and then: for this long, and until it has happened at each. */
export async function errorScenario(
  forMs: number,
  options: CampaignOptions = {},
): Promise<Verdict & { times: ReadonlyMap<string, number> }> {
  let times: ReadonlyMap<string, number> = new Map()
  const verdict = await campaign(options, async ({ fleet }) => {
    const failpoints = failpointNames.map((name) => `${name}=error@${rare.has(name) ? 0.3 : 0.04}`).join(',')
    const armed = await Promise.all([1, 2].map(() => fleet.startWorker({ failpoints })))
    const begun = systemClock.monotonic()
    const missing = () => failpointNames.some((name) => !failed(fleet.output()).has(name))
    do await systemClock.sleep(Math.min(forMs, 1000))
    while (systemClock.monotonic() - begun < (missing() ? longestErrorsMs : forMs))
    await Promise.all(armed.map((worker) => worker.process.end('SIGKILL')))
    times = failed(fleet.output())
  })
  return { ...verdict, times }
}

/** How often each failpoint let its caller see an error, as the processes printed it. */
function failed(output: string): ReadonlyMap<string, number> {
  const reached = [...output.matchAll(/"failpoint":"([^"]+)"/g)].map(([, name]) => name ?? '')
  return new Map([...Map.groupBy(reached, (name) => name)].map(([name, all]) => [name, all.length]))
}

/** Every worker dies at this failpoint, a few times in a row, before healthy ones come. */
export async function deathScenario(failpoint: string, times: number, options: CampaignOptions = {}): Promise<Verdict> {
  return await campaign(options, async (scene: Scene) => await dieAt(scene, failpoint, times))
}

/** A product that is broken may never reach the failpoint again, milliseconds. */
const longestLifeMs = 8000

async function dieAt({ fleet, watch }: Scene, failpoint: string, times: number): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    const worker = await fleet.startWorker({ failpoints: `${failpoint}=kill` })
    const limit = new AbortController()
    await Promise.race([worker.process.exited, systemClock.sleep(longestLifeMs, limit.signal).catch(() => {})])
    limit.abort()
    await worker.process.end('SIGKILL')
    await watch.lost(worker.id, failpoint)
  }
}

/** A worker falls asleep between the store and the commit, another one goes on with its run, and it wakes up in the middle of that. */
export async function sleeperScenario(options: CampaignOptions = {}): Promise<Verdict> {
  const streams = async (fleet: Fleet, truth: Truth) =>
    await startStream(fleet, truth, 'long', { pages: 60, perPage: 6, delayMs: 400 }, { every: 60_000 })
  return await campaign({ ...options, streams }, async ({ fleet }) => {
    const sleeper = await fleet.startWorker({ failpoints: 'fetch.stored=stop' })
    const asleep = () => isStopped(sleeper.process.pid)
    await eventually(asleep, { what: 'the worker to fall asleep', timeoutMs: 30_000 })
    await fleet.startWorker()
    const taken = `select count(*)::int as answer from weaver.runs where epoch > 1 and pages > 1 and state = 'running'`
    await eventually(async () => (await one(fleet.databaseUrl, taken)) === 1, { what: 'another one to go on', timeoutMs: 30_000 })
    const mark = await ledgerNow(fleet.databaseUrl)
    sleeper.process.child.kill('SIGCONT')
    // Its first deed is the commit; a heartbeat of a second later comes after that.
    const awake = `select count(*)::int as answer from weaver.workers where id = $1 and heartbeat_at > to_timestamp($2::float8 / 1000)`
    const isAwake = async () => (await one(fleet.databaseUrl, awake, [sleeper.id, mark + 1000])) === 1
    await eventually(async () => (await asleep()) || (await isAwake()), {
      what: 'the sleeper to be awake',
      timeoutMs: 30_000,
    })
    sleeper.process.child.kill('SIGCONT')
    await sleeper.process.end('SIGKILL')
  })
}
