import { type CatchUp, type OverlapMode, overlapModes } from '@data-weaver/contracts'
import type { Moods, SourceKind } from './ports/source.ts'
import { Chance } from './world/chance.ts'
import { type Link, links } from './world/process.ts'
import type { Weather } from './world/world.ts'

export interface PlannedStream {
  readonly id: string
  readonly name: string
  readonly kind: SourceKind
  readonly every: number
  readonly overlap: OverlapMode
  readonly timeout: number
  readonly attempts: number
  readonly catchUp: CatchUp | null
  readonly sinks: number
  readonly startsAtMs: number
}

/** What goes wrong, or is wished by somebody. Numbers name streams, workers and supervisors by their place in the plan. */
export type Deed =
  | { readonly what: 'crashWorker' | 'crashSupervisor'; readonly place: number; readonly restartMs: number }
  /** `atPut`: not at once, but when it has put its next page and has not heard so. */
  | { readonly what: 'pauseWorker'; readonly place: number; readonly forMs: number; readonly atPut: boolean }
  | { readonly what: 'pauseSupervisor'; readonly place: number; readonly forMs: number }
  | { readonly what: 'cut'; readonly place: number; readonly link: Link; readonly forMs: number; readonly supervisor: boolean }
  | { readonly what: 'outage'; readonly link: Link; readonly forMs: number }
  | { readonly what: 'clock'; readonly place: number; readonly offsetMs: number; readonly forMs: number }
  | { readonly what: 'flushQueue' | 'loseJobs' | 'breakLeader' }
  | { readonly what: 'replaceWorker' | 'drainWorker'; readonly place: number }
  | { readonly what: 'stop'; readonly stream: number; readonly mode: 'interrupt' | 'drain'; readonly deadline: number }
  | { readonly what: 'start' | 'pause' | 'resume' | 'trigger' | 'interruptRun' | 'releaseRun'; readonly stream: number }
  | { readonly what: 'stopAll' | 'startAll' }

export interface Plan {
  readonly seed: number
  readonly streams: readonly PlannedStream[]
  readonly workers: number
  readonly supervisors: number
  readonly slots: { readonly fetch: number; readonly sink: number }
  readonly leaseMs: number
  /** How often the reconciler looks, milliseconds. */
  readonly everyMs: number
  /** A worker that is started again has the id of the one before. */
  readonly sameIds: boolean
  readonly weather: Weather
  readonly moods: Moods
  /** How long the source takes for an answer at most, milliseconds. */
  readonly sourceMs: number
  readonly lostBells: number
  readonly doubledJobs: number
  readonly deeds: readonly { readonly atMs: number; readonly deed: Deed }[]
  /** After this nothing breaks any more, milliseconds since the beginning. */
  readonly healsAtMs: number
  /** Milliseconds since the Unix epoch. */
  readonly lastTickAt: number
}

const hourMs = 3_600_000

/** All that a seed decides before the story begins. */
export function drawPlan(seed: number, beginning: number): Plan {
  const chance = new Chance(seed ^ 0x5bd1e995)
  const healsAtMs = chance.between(15_000, 40_000)
  const streams = Array.from({ length: chance.between(1, 3) }, (_, index) => drawStream(chance, index))
  const leaseMs = chance.pick([6000, 10_000, 15_000])
  const places = { leaseMs, workers: chance.between(1, 3), supervisors: chance.between(1, 2), streams: streams.length }
  const bad = chance.is(0.7)
  return {
    seed,
    workers: places.workers,
    supervisors: places.supervisors,
    streams,
    slots: { fetch: chance.between(1, 4), sink: chance.between(1, 3) },
    leaseMs,
    everyMs: chance.pick([2000, 5000]),
    sameIds: chance.is(0.2),
    weather: {
      failsBefore: bad ? chance.next() * 0.05 : 0,
      failsAfter: bad ? chance.next() * chance.pick([0.05, 0.15]) : 0,
      slow: chance.pick([0.01, 0.01, 0.1, 0.3]),
      latencyMs: chance.pick([3, 20, 100]),
      slowMs: chance.pick([500, 3000]),
    },
    moods: { limits: chance.is(0.3) ? 0.2 : 0, refuses: chance.is(0.2) ? 0.2 : 0, hangs: chance.is(0.3) ? 0.1 : 0 },
    sourceMs: chance.pick([10, 10, 3000, 6000]),
    lostBells: chance.is(0.3) ? 0.3 : 0,
    doubledJobs: chance.is(0.3) ? 0.2 : 0,
    deeds: Array.from({ length: chance.between(2, 10) }, () => ({ atMs: chance.between(500, healsAtMs), deed: drawDeed(chance, places) })),
    healsAtMs,
    lastTickAt: beginning + healsAtMs + chance.between(-10_000, 3000),
  }
}

function drawStream(chance: Chance, index: number): PlannedStream {
  const every = chance.pick([1000, 3000, 5000, 10_000])
  return {
    id: `00000000-0000-7000-9000-00000000000${index + 1}`,
    name: `stream-${index + 1}`,
    kind: chance.pick(['state', 'log'] as const),
    every,
    overlap: chance.is(0.4) ? 'skip' : chance.pick(overlapModes),
    timeout: chance.pick([2000, 5000, 20_000]),
    attempts: chance.between(1, 4),
    catchUp: chance.is(0.4) ? { window: chance.pick([20_000, hourMs]), runs: chance.pick(['all', 'latest'] as const) } : null,
    sinks: chance.is(0.8) ? 1 : 2,
    startsAtMs: chance.below(3000),
  }
}

type Places = { readonly workers: number; readonly supervisors: number; readonly streams: number; readonly leaseMs: number }

function drawDeed(chance: Chance, places: Places): Deed {
  const worker = chance.below(places.workers)
  const supervisor = chance.below(places.supervisors)
  const stream = chance.below(places.streams)
  const what = chance.pick(deeds)
  switch (what) {
    case 'crashWorker':
      return { what, place: worker, restartMs: chance.between(300, 8000) }
    case 'crashSupervisor':
      return { what, place: supervisor, restartMs: chance.between(300, 8000) }
    case 'pauseWorker':
      // As often as not it wakes up when somebody else has just taken over.
      return {
        what,
        place: worker,
        forMs: chance.is(0.5) ? places.leaseMs + chance.below(8000) : chance.between(500, 40_000),
        atPut: chance.is(0.3),
      }
    case 'pauseSupervisor':
      return { what, place: supervisor, forMs: chance.between(500, 20_000) }
    case 'cut':
      return drawCut(chance, { worker, supervisor })
    case 'outage':
      return { what, link: chance.pick(links), forMs: chance.between(200, 12_000) }
    case 'clock':
      return { what, place: worker, offsetMs: chance.pick([-hourMs, hourMs, -1500, 1500]), forMs: chance.between(1000, 20_000) }
    case 'replaceWorker':
    case 'drainWorker':
      return { what, place: worker }
    case 'stop':
      return { what, stream, mode: chance.pick(['interrupt', 'drain'] as const), deadline: chance.pick([1000, 5000, 60_000]) }
    case 'start':
    case 'pause':
    case 'resume':
    case 'trigger':
    case 'interruptRun':
    case 'releaseRun':
      return { what, stream }
    default:
      return { what }
  }
}

function drawCut(chance: Chance, { worker, supervisor }: { worker: number; supervisor: number }): Deed {
  const ofSupervisor = chance.is(0.3)
  const link = chance.pick(ofSupervisor ? (['ledger', 'queue'] as const) : links)
  return { what: 'cut', place: ofSupervisor ? supervisor : worker, link, forMs: chance.between(200, 25_000), supervisor: ofSupervisor }
}

/** Each as often as it stands here. */
const deeds = [
  ...(['crashWorker', 'crashWorker', 'crashWorker', 'pauseWorker', 'pauseWorker', 'cut', 'cut', 'cut', 'outage', 'outage'] as const),
  ...(['crashSupervisor', 'pauseSupervisor', 'clock', 'flushQueue', 'loseJobs', 'breakLeader', 'replaceWorker', 'drainWorker'] as const),
  ...([
    'stop',
    'stop',
    'stop',
    'start',
    'start',
    'pause',
    'resume',
    'trigger',
    'interruptRun',
    'releaseRun',
    'stopAll',
    'startAll',
  ] as const),
]
