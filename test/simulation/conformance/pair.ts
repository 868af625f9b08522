import { silentLog, specDefaults, type StreamSpec, systemClock } from '@data-weaver/contracts'
import { type Ledger, openLedger } from '@data-weaver/ledger'
import pg from 'pg'
import { leaseMs } from './command.ts'
import { type ModelLedger, modelLedger } from '../model/index.ts'
import { difference, type Facts, Names, nameFacts, type Naming, type RawFacts, readModel, readReal, tickName } from './facts.ts'

/** All streams of the comparison have this interval, milliseconds. */
export const every = 60_000
const tablesToEmpty = 'streams, stream_versions, runs, results, deliveries, dead_letters, workers, operations, operation_targets'

/** Times that move when time passes; the rows stay, the past moves away. */
const timesOf = {
  streams: ['anchor', 'accounted_until', 'good_at', 'resume_at', 'probe_at', 'recovered_at'],
  runs: ['tick', 'tick_until', 'lease_until', 'enqueue_after', 'created_at', 'started_at', 'fetched_at', 'finished_at'],
  deliveries: ['enqueue_after', 'created_at', 'finished_at'],
  workers: ['heartbeat_at', 'started_at'],
  operations: ['deadline_at', 'created_at', 'finished_at'],
}

/** Ids that grow, of the form that the ledger makes itself. */
let made = 0
export function growingId(): string {
  made += 1
  const time = Date.now().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${(made % 4096).toString(16).padStart(3, '0')}-8000-${made.toString(16).padStart(12, '0')}`
}

interface Side {
  readonly runs: Names
  readonly operations: Names
  readonly anchors: Map<string, number[]>
}
const newSide = (): Side => ({ runs: new Names(), operations: new Names(), anchors: new Map() })

/** The real ledger and the model, kept in the same state by the same commands. */
export class Pair {
  readonly real: Ledger
  readonly streams: string[] = []
  model!: ModelLedger
  realSide = newSide()
  modelSide = newSide()
  /** What the model's clock says beyond the machine's, milliseconds: the time that passed by command. */
  #passed = 0
  #now = 0
  readonly #client: pg.Client

  private constructor(url: string, client: pg.Client) {
    this.real = openLedger(url, { clock: systemClock, log: silentLog, name: 'conformance', connections: 2 })
    this.#client = client
  }

  static async open(url: string): Promise<Pair> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return new Pair(url, client)
  }

  async close(): Promise<void> {
    await this.real.close()
    await this.#client.end()
  }

  /** Begins again with empty tables and these streams, stopped. */
  async begin(specs: readonly Partial<StreamSpec>[]): Promise<void> {
    await this.#client.query(
      `truncate ${tablesToEmpty
        .split(', ')
        .map((name) => `weaver.${name}`)
        .join(', ')} cascade`,
    )
    this.realSide = newSide()
    this.modelSide = newSide()
    this.streams.length = 0
    this.#passed = 0
    this.model = modelLedger({ now: () => this.#now, newId: growingId, notify: () => {} })
    await this.tellTime()
    for (const change of specs) {
      const id = growingId()
      const spec = { ...plainSpec, ...change }
      const stream = { id, name: `stream-${id}`, adapter: 'http', spec }
      await this.real.streams.create({ ...stream, tenant: 'default', sealed: {} })
      this.model.create(stream)
      this.streams.push(id)
    }
  }

  /** The model's clock goes by the database's. */
  async tellTime(): Promise<void> {
    const { rows } = await this.#client.query<{ now: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as now')
    this.#now = Math.floor((rows[0] as { now: number }).now) + this.#passed
  }

  /** Time passes. In the database the past moves away instead. */
  async pass(ms: number): Promise<void> {
    for (const [table, columns] of Object.entries(timesOf))
      await this.#client.query(
        `update weaver.${table} set ${columns.map((column) => `${column} = ${column} - interval '${ms} ms'`).join(', ')}`,
      )
    for (const anchors of this.realSide.anchors.values()) for (const [index, anchor] of anchors.entries()) anchors[index] = anchor - ms
    this.#passed += ms
    this.#now += ms
  }

  /** Whether something comes due so soon, or did so lately, that the two could see it differently. */
  get isAmbiguous(): boolean {
    const near = (time: number | null): boolean => time !== null && Math.abs(time - this.#now) < 1500
    const soon = (time: number | null, ahead: number): boolean => time !== null && time - ahead > this.#now && near(time - ahead)
    const { streams, runs, deliveries, workers, operations } = this.model.tables
    return (
      [...streams.values()].some(
        ({ probeAt, resumeAt, anchor, desired }) =>
          near(probeAt) || near(resumeAt) || (desired !== 'stopped' && nearGrid(this.#now, anchor)),
      ) ||
      [...runs.values()].some(({ leaseUntil, enqueueAfter }) => near(leaseUntil) || near(enqueueAfter) || soon(enqueueAfter, 10_000)) ||
      [...deliveries.values()].some(
        ({ enqueueAfter }) => near(enqueueAfter) || near(enqueueAfter + 15_000) || soon(enqueueAfter, 8000) || near(enqueueAfter - 500),
      ) ||
      [...workers.values()].some(({ heartbeatAt }) =>
        [30_000, leaseMs + 500, leaseMs + 60_500].some((after) => near(heartbeatAt + after)),
      ) ||
      [...operations.values()].some(({ deadlineAt }) => near(deadlineAt))
    )
  }

  /** Reads both sides, names what is new on both, and answers what differs. */
  async compare(): Promise<readonly string[]> {
    const real = await readReal(this.#client)
    const model = readModel(this.model.tables)
    learn(real, this.realSide)
    learn(model, this.modelSide)
    return difference(this.#named(real, this.realSide), this.#named(model, this.modelSide))
  }

  #named(raw: RawFacts, side: Side): Facts {
    const naming: Naming = { ...side, every }
    return nameFacts(raw, naming)
  }

  /** A nominal time of the stream's present grid on each side, the one `back` ticks ago. */
  tick(streamId: string, back: number, offsetMs: number): { readonly real: number; readonly model: number } {
    const { anchor } = this.model.tables.stream(streamId)
    const index = Math.floor((this.#now - anchor) / every) - back
    const realAnchor = this.realSide.anchors.get(streamId)?.at(-1) ?? anchor
    return { real: realAnchor + index * every + offsetMs, model: anchor + index * every + offsetMs }
  }
}

/** Ticks that are young may be claimed; one that comes this very moment may be seen by one side only. */
const nearGrid = (now: number, anchor: number): boolean => {
  const place = (((now - anchor) % every) + every) % every
  const young = (((now - 30_000 - anchor) % every) + every) % every
  return [place, young].some((at) => at < 1500 || at > every - 1500)
}

/** Gives names to what is new, in an order that is the same on both sides. */
function learn(raw: RawFacts, { runs, operations, anchors }: Side): void {
  for (const { id, anchorAt, desired } of raw.streams) {
    const known = anchors.get(id as string) ?? []
    const anchor = Math.round(anchorAt as number)
    if (desired !== 'stopped' && Math.abs((known.at(-1) ?? -Infinity) - anchor) > 2) anchors.set(id as string, [...known, anchor])
  }
  const fresh = raw.runs.filter(({ id }) => !runs.has(id as string))
  const order = (row: (typeof fresh)[number]): string =>
    `${String(row['streamId'])} ${String(row['trigger'])} ${tickName(row['tick'] as number | null, anchors.get(row['streamId'] as string) ?? [], every) ?? ''}`
  runs.add(fresh.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)).map(({ id }) => id as string))
  operations.add(raw.operations.map(({ id }) => id as string).toSorted())
}

const plainSpec: StreamSpec = {
  ...specDefaults,
  config: { url: 'https://example.org' },
  schedule: { every },
  timeout: every,
  bucket: 'results',
  transform: null,
  sinks: [{ type: 'postgres' }],
  pool: 'default',
  retry: { attempts: 3, delay: 1000, maxDelay: 60_000 },
}
