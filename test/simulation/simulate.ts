import { isHeld, judge } from './oracle.ts'
import { type Deed, drawPlan, type Plan } from './plan.ts'
import { Story, type StoryOptions } from './story.ts'
import { isOver, type Violation } from './witness.ts'
import type { Process } from './world/process.ts'
import { World } from './world/world.ts'

export interface Outcome {
  readonly seed: number
  readonly hash: string
  readonly violations: readonly Violation[]
  /** The last lines of what happened. */
  readonly tail: readonly string[]
  readonly events: number
}

/** How long everything may take to come to rest once nothing is broken any more, milliseconds. */
const settleMs = 300_000
const lookEveryMs = 2000
const tailLines = 200

/** Lives through one seed, and judges it. */
export async function simulate(seed: number, options: StoryOptions = {}): Promise<Outcome> {
  const world = new World(seed, { weather: calm, traceAll: options.traceAll ?? false })
  const plan = drawPlan(seed, world.now)
  world.weather = plan.weather
  const story = new Story(plan, world, options)
  schedule(story, plan)
  let over = false
  const look = (): void => {
    over = isSettled(story)
    restore(story)
    if (!over) world.after(lookEveryMs, look)
  }
  world.after(plan.healsAtMs + 100, look)
  await world.run(plan.healsAtMs + settleMs, () => over)
  story.end()
  const { tables } = story.model
  const { objects } = story.store
  const { documents } = story.sink
  const { reigns, waits } = story.witness
  const found = [...story.witness.violations, ...judge({ tables, objects, documents, reigns, waits }), ...judgeRest(story, over)]
  for (const process of world.processes.values()) process.dead = true
  return {
    seed,
    hash: world.trace.hash,
    violations: found,
    tail: world.trace.tail(options.traceAll === true ? Infinity : tailLines),
    events: world.agenda.taken,
  }
}

const calm = { failsBefore: 0, failsAfter: 0, slow: 0, latencyMs: 5, slowMs: 5 }

function schedule(story: Story, plan: Plan): void {
  const { world } = story
  for (const { id, startsAtMs } of plan.streams)
    world.after(startsAtMs, () => {
      world.note(id, 'is started')
      story.model.start(id)
    })
  for (const { atMs, deed } of plan.deeds) world.after(atMs, () => act(story, deed))
  world.after(plan.healsAtMs, () => story.heal())
}

/** Drained workers take nothing any more: others take their places. Paused streams would keep what waits: they go on. */
function restore(story: Story): void {
  const { workers, streams } = story.model.tables
  for (const place of story.workers) if (workers.get(workerId(story, place))?.drainWanted === true) story.replaceWorker(place)
  for (const { id, desired, pausedBy } of streams.values()) if (desired === 'paused' && pausedBy === 'user') story.model.resume(id)
}

const workerId = ({ plan }: Story, place: Story['workers'][number]): string => (plan.sameIds ? place.name : place.process.name)

/** Nothing is under way, and all ticks that came are accounted for. */
function isSettled({ model: { tables }, plan, queue }: Story): boolean {
  if (!queue.isIdle) return false
  for (const run of tables.runs.values()) if (!isOver(run.state) && !isHeld(tables, run)) return false
  for (const { state } of tables.deliveries.values()) if (state === 'pending' || state === 'holding') return false
  for (const { state } of tables.operations.values()) if (state === 'applying' || state === 'waiting') return false
  for (const { desired, accountedUntil } of tables.streams.values())
    if (desired !== 'stopped' && accountedUntil < plan.lastTickAt) return false
  return true
}

function judgeRest({ model: { tables }, plan }: Story, over: boolean): readonly Violation[] {
  if (over) return []
  const found: Violation[] = [{ kind: 'unsettled', what: `not at rest ${settleMs / 1000} s after everything works again` }]
  for (const { id, action, mode, state } of tables.operations.values())
    if (state === 'applying' || state === 'waiting')
      found.push({ kind: 'unsettled', what: `operation ${id}, a ${mode} ${action}, is ${state}` })
  for (const { name, desired, accountedUntil } of tables.streams.values())
    if (desired !== 'stopped' && accountedUntil < plan.lastTickAt)
      found.push({
        kind: 'unsettled',
        what: `stream ${name}: ticks are accounted for until ${new Date(accountedUntil).toISOString()} only`,
      })
  return found
}

function act(story: Story, deed: Deed): void {
  const { world, plan, workers, supervisors } = story
  world.note('deed', JSON.stringify(deed))
  const worker = (place: number) => workers[place] as Story['workers'][number]
  const supervisor = (place: number) => supervisors[place] as Story['supervisors'][number]
  switch (deed.what) {
    case 'crashWorker':
      return story.killWorker(worker(deed.place), deed.restartMs)
    case 'crashSupervisor':
      return story.killSupervisor(supervisor(deed.place), deed.restartMs)
    case 'pauseWorker':
      if (!deed.atPut) return pause(worker(deed.place).process, deed.forMs)
      return sleepAtPut(worker(deed.place).process, deed.forMs)
    case 'pauseSupervisor':
      return pause(supervisor(deed.place).process, deed.forMs)
    case 'cut': {
      const { process } = deed.supervisor ? supervisor(deed.place) : worker(deed.place)
      process.setCut(deed.link, true)
      return void world.after(deed.forMs, () => process.cut.has(deed.link) && process.setCut(deed.link, false))
    }
    case 'outage':
      world.outages.add(deed.link)
      return void world.after(deed.forMs, () => world.outages.delete(deed.link))
    case 'clock': {
      const { process } = worker(deed.place)
      process.offsetMs = deed.offsetMs
      return void world.after(deed.forMs, () => void (process.offsetMs = 0))
    }
    case 'flushQueue':
      return story.queue.flush()
    case 'loseJobs':
      return story.queue.loseSome()
    case 'breakLeader':
      return story.lock.break()
    case 'replaceWorker':
      return story.replaceWorker(worker(deed.place))
    case 'drainWorker':
      return story.request(({ ledger }) => ledger.operations.drainWorker('default', workerId(story, worker(deed.place)), 3000))
    case 'stop':
      return story.stop((plan.streams[deed.stream] as { id: string }).id, deed.mode, deed.deadline)
    case 'stopAll':
      return story.request(({ ledger }) => ledger.operations.begin({ tenant: 'default', action: 'stop', filter: {} }))
    case 'startAll':
      return story.request(({ ledger }) => ledger.operations.begin({ tenant: 'default', action: 'start', filter: {} }))
    default:
      return wish(story, deed.what, (plan.streams[deed.stream] as { id: string }).id)
  }
}

function pause(process: Process, forMs: number): void {
  if (process.dead || process.paused) return
  process.pause()
  process.world.after(forMs, () => process.resume())
}

/** Falls asleep in the worst moment: its page is stored, and its next deed is the commit. */
function sleepAtPut(process: Process, forMs: number): void {
  process.hasPut = () => {
    process.hasPut = undefined
    pause(process, forMs)
  }
}

function wish(story: Story, what: 'start' | 'pause' | 'resume' | 'trigger' | 'interruptRun' | 'releaseRun', streamId: string): void {
  if (what !== 'interruptRun' && what !== 'releaseRun') return story.request(({ ledger }) => ledger.streams[what]('default', streamId))
  const runs = story.model.tables
    .runsOf(streamId)
    .filter(({ state }) => (what === 'interruptRun' ? !isOver(state) : state === 'interrupted'))
  if (runs.length === 0) return
  const { id } = story.world.chance.pick(runs)
  story.request(({ ledger }) => ledger.operations[what]('default', id))
}
