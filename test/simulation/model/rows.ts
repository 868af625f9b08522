import type {
  DeliveryState,
  DesiredState,
  Json,
  Operation,
  OverlapMode,
  PauseReason,
  RequestFacts,
  ResponseFacts,
  RunError,
  RunState,
  RunTrigger,
  StopMode,
  StreamFilter,
  StreamSpec,
  TickReason,
} from '@data-weaver/contracts'
import type { Channel } from '@data-weaver/ledger'

/** The rows of the model, with the columns that decide anything. All times are milliseconds of the model's own clock. */
export interface StreamRow {
  readonly id: string
  readonly name: string
  readonly adapter: string
  readonly ordinal: number
  readonly spec: StreamSpec
  readonly version: number
  readonly every: number | null
  readonly overlap: OverlapMode
  readonly endsAt: number | null
  readonly continuous: boolean
  desired: DesiredState
  anchor: number
  accountedUntil: number
  openStretch: string | null
  failures: number
  resumeAt: number | null
  pausedBy: PauseReason | null
  probeAt: number | null
  recoveredAt: number | null
  cursor: Json | null
  activeRunId: string | null
}

export interface RunRow {
  readonly id: string
  readonly streamId: string
  readonly trigger: RunTrigger
  readonly tick: number | null
  ticks: number
  tickUntil: number | null
  state: RunState
  reason: TickReason | null
  draining: boolean
  epoch: number
  attempt: number
  losses: number
  workerId: string | null
  leaseUntil: number | null
  enqueueAfter: number | null
  readonly createdAt: number
  fetchedAt: number | null
  finishedAt: number | null
  error: RunError | null
  parts: number
  pages: number
  bytes: number
  records: number
  documents: number
  deadLetters: number
  pendingDeliveries: number
}

export interface ResultRow {
  readonly id: string
  readonly seq: number
  readonly streamId: string
  readonly runId: string
  readonly part: number
  readonly key: string
  readonly sha256: string
  readonly request: RequestFacts
  readonly response: ResponseFacts
  /** The checkpoint that came with it; undefined: none. */
  readonly cursor: Json | undefined
}

export interface DeliveryRow {
  readonly id: string
  readonly resultId: string
  readonly position: number
  readonly streamId: string
  readonly runId: string
  state: DeliveryState
  attempts: number
  workerId: string | null
  records: number
  documents: number
  deadLetters: number
  enqueueAfter: number
  /** It has an error, which says why it is tried again. */
  failed: boolean
}

/** A record (or, without one, a whole result) that was refused. */
export interface DeadLetterRow {
  readonly deliveryId: string
  readonly record: number | null
}

export interface WorkerRow {
  readonly id: string
  pools: readonly string[]
  drainWanted: boolean
  /** It has said that it drains. */
  draining: boolean
  drainMs: number | null
  heartbeatAt: number
}

export interface TargetRow {
  readonly runId: string | null
  readonly deliveryId: string | null
  readonly workerId: string | null
  acknowledged: boolean
}

export interface OperationRow {
  readonly id: string
  readonly action: Operation['action']
  readonly scope: { readonly stream?: string; readonly run?: string; readonly worker?: string; readonly filter?: StreamFilter }
  mode: StopMode | null
  readonly deadlineAt: number | null
  state: Operation['state']
  position: string | null
  readonly targets: TargetRow[]
}

/** What somebody who watches the model learns; nothing in it depends on that. */
export interface Observer {
  /** A run changed its state; `from` is null when it is new. */
  run(run: RunRow, from: RunState | null): void
  /** A page counted. `asEpoch` is what the writer believed to hold. */
  committed(run: RunRow, asEpoch: number, result: ResultRow): void
  /** A fetch ended in the ledger. */
  ended(run: RunRow, asEpoch: number, outcome: string): void
  claimed(run: RunRow): void
  started(stream: StreamRow): void
  /** A stop reached the stream, be it stopped already or not. */
  stopped(stream: StreamRow, by: OperationRow): void
  /** What was held of a stream goes on. */
  released(streamId: string): void
  completed(operation: OperationRow): void
}

export interface ModelOptions {
  /** The database's clock. */
  readonly now: () => number
  /** Ids of rows that the ledger makes by itself. They grow. */
  readonly newId: () => string
  readonly notify: (channel: Channel, payload: string) => void
  readonly observer?: Partial<Observer>
  /** A broken ledger: commits and ends count whatever their epoch is. */
  readonly fencing?: boolean
}

/** The tables. A method of the model is one transaction: it runs to its end before anything else is looked at. */
export class Tables {
  readonly streams = new Map<string, StreamRow>()
  readonly runs = new Map<string, RunRow>()
  readonly results = new Map<string, ResultRow>()
  readonly deliveries = new Map<string, DeliveryRow>()
  readonly deadLetters: DeadLetterRow[] = []
  readonly workers = new Map<string, WorkerRow>()
  readonly operations = new Map<string, OperationRow>()
  readonly now: () => number
  readonly newId: () => string
  readonly notify: ModelOptions['notify']
  readonly observer: Partial<Observer>
  readonly fencing: boolean
  /** Runs and deliveries by stream, in order of id as they are made. */
  readonly #runsOf = new Map<string, RunRow[]>()
  readonly #deliveriesOf = new Map<string, DeliveryRow[]>()
  readonly #ticks = new Set<string>()

  constructor({ now, newId, notify, observer = {}, fencing = true }: ModelOptions) {
    this.now = now
    this.newId = newId
    this.notify = notify
    this.observer = observer
    this.fencing = fencing
  }

  runsOf(streamId: string): readonly RunRow[] {
    return this.#runsOf.get(streamId) ?? []
  }

  deliveriesOf(streamId: string): readonly DeliveryRow[] {
    return this.#deliveriesOf.get(streamId) ?? []
  }

  /** False, and nothing happens, when another row has this stream's tick: it is unique. */
  insertRun(run: RunRow): boolean {
    if (run.tick !== null) {
      const key = `${run.streamId} ${run.tick}`
      if (this.#ticks.has(key)) return false
      this.#ticks.add(key)
    }
    this.runs.set(run.id, run)
    append(this.#runsOf, run.streamId, run)
    this.observer.run?.(run, null)
    return true
  }

  insertDelivery(delivery: DeliveryRow): void {
    this.deliveries.set(delivery.id, delivery)
    append(this.#deliveriesOf, delivery.streamId, delivery)
  }

  /** Every change of a run's state goes through here. */
  setState(run: RunRow, state: RunState): void {
    const from = run.state
    if (from === state) return
    run.state = state
    this.observer.run?.(run, from)
  }

  stream(id: string): StreamRow {
    const stream = this.streams.get(id)
    if (stream === undefined) throw new Error(`the model has no stream ${id}`)
    return stream
  }

  free(run: RunRow): void {
    const stream = this.stream(run.streamId)
    if (stream.activeRunId === run.id) stream.activeRunId = null
  }
}

function append<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

export const isBefore = (time: number | null, now: number): boolean => time !== null && time < now

/** The oldest run of the stream that waits in line. */
export function nextQueued(tables: Tables, streamId: string): string | null {
  const waiting = tables.runsOf(streamId).filter((run) => run.state === 'queued' && run.enqueueAfter !== null)
  return waiting.map(({ id }) => id).toSorted()[0] ?? null
}

/** A run as it is made; what is not said is empty. */
export const newRun = (
  { id, streamId, trigger, state, createdAt }: Pick<RunRow, 'id' | 'streamId' | 'trigger' | 'state' | 'createdAt'>,
  more: Partial<RunRow> = {},
): RunRow => ({
  id,
  streamId,
  trigger,
  state,
  createdAt,
  tick: null,
  ticks: 1,
  tickUntil: null,
  reason: null,
  draining: false,
  epoch: 0,
  attempt: 0,
  losses: 0,
  workerId: null,
  leaseUntil: null,
  enqueueAfter: null,
  fetchedAt: null,
  finishedAt: null,
  error: null,
  parts: 0,
  pages: 0,
  bytes: 0,
  records: 0,
  documents: 0,
  deadLetters: 0,
  pendingDeliveries: 0,
  ...more,
})
