import type { RunState } from '@data-weaver/contracts'
import type { Observer, OperationRow, ResultRow, RunRow, StreamRow } from './model/rows.ts'
import type { Process } from './world/process.ts'
import type { World } from './world/world.ts'

/**
 * `lost`: something that was promised is not there. `doubled`: something is there twice. `stale`: a write of somebody who had lost the run
 * counted. `revived`: what was over began again. `afterStop`: a byte left after a stop was complete. `unsettled`: something still waits
 * although nothing is broken any more. `wrong`: two places that must agree do not.
 */
export type Kind = 'lost' | 'doubled' | 'stale' | 'revived' | 'afterStop' | 'unsettled' | 'wrong'
export interface Violation {
  readonly kind: Kind
  readonly what: string
}

/** A stream from its start to its stop. */
export interface Reign {
  readonly anchor: number
  until: number | null
}

const over: ReadonlySet<RunState> = new Set(['succeeded', 'partial', 'failed', 'interrupted', 'timedOut', 'skipped', 'missed'])
export const isOver = (state: RunState): boolean => over.has(state)

/**
 * Who was stopped between its look at the lease and the call to a sink makes that call when it wakes up: no process can prevent it. What is sent in
 * the moment of waking is not counted, milliseconds.
 */
const wakingMs = 5

/** Watches the story as it goes, and notes at once what must never happen. */
export class Witness implements Observer {
  readonly violations: Violation[] = []
  readonly reigns = new Map<string, Reign[]>()
  /** How often each run was told to wait for its source or for another worker. */
  readonly waits = new Map<string, number>()
  readonly #world: World
  readonly #quiet = new Set<string>()
  readonly #lastStop = new Map<string, string>()
  readonly #stopped = new Map<string, StreamRow>()

  constructor(world: World) {
    this.#world = world
  }

  find(kind: Kind, what: string): void {
    this.violations.push({ kind, what: `${what} (at ${(this.#world.elapsed / 1000).toFixed(3)} s)` })
    this.#world.note('witness', `${kind}: ${what}`)
  }

  run(run: RunRow, from: RunState | null): void {
    this.#world.note(short(run.id), from === null ? `is ${run.state}, tick ${this.#tick(run)}` : `was ${from}, is ${run.state}`)
    // The last dead letter may come after the success it belongs to.
    if (from !== null && isOver(from) && !(from === 'succeeded' && run.state === 'partial'))
      this.find('revived', `run ${run.id} was ${from} and is ${run.state}`)
  }

  #tick({ tick }: RunRow): string {
    return tick === null ? 'none' : ((tick - this.#world.now + this.#world.elapsed) / 1000).toFixed(3)
  }

  committed(run: RunRow, asEpoch: number, { seq, part }: ResultRow): void {
    this.#world.note(short(run.id), `has result ${seq}, part ${part}`)
    if (asEpoch !== run.epoch)
      this.find('stale', `result ${seq} of run ${run.id} was committed with epoch ${asEpoch}, the run has ${run.epoch}`)
  }

  ended(run: RunRow, asEpoch: number, outcome: string): void {
    if (asEpoch !== run.epoch) this.find('stale', `run ${run.id} was ended with epoch ${asEpoch}, it has ${run.epoch}`)
    if (outcome === 'wait' && run.state === 'waiting') this.waits.set(run.id, (this.waits.get(run.id) ?? 0) + 1)
  }

  claimed(run: RunRow): void {
    this.#world.note(short(run.id), `is claimed by ${run.workerId}, epoch ${run.epoch}, attempt ${run.attempt}`)
  }

  started(stream: StreamRow): void {
    this.#quiet.delete(stream.id)
    this.#lastStop.delete(stream.id)
    this.reigns.set(stream.id, [...(this.reigns.get(stream.id) ?? []), { anchor: stream.anchor, until: null }])
  }

  stopped(stream: StreamRow, { id }: OperationRow): void {
    const reign = this.reigns.get(stream.id)?.at(-1)
    if (reign !== undefined) reign.until ??= this.#world.now
    this.#lastStop.set(stream.id, id)
    this.#stopped.set(stream.id, stream)
  }

  released(streamId: string): void {
    this.#quiet.delete(streamId)
    this.#lastStop.delete(streamId)
  }

  completed({ id, action }: OperationRow): void {
    this.#world.note(short(id), `is a completed ${action}`)
    for (const [streamId, operationId] of this.#lastStop)
      if (operationId === id && this.#stopped.get(streamId)?.desired === 'stopped') this.#quiet.add(streamId)
  }

  /** A process sends something to a source or a sink for a stream. */
  sends(process: Process, streamId: string, whereto: 'source' | 'sink'): void {
    if (this.#quiet.has(streamId) && this.#world.now - process.wokeAt > wakingMs)
      this.find('afterStop', `${process.name} asked the ${whereto} of stream ${streamId} after its stop was complete`)
  }
}

const short = (id: string): string => `#${Number.parseInt(id.slice(-12), 16)}`
