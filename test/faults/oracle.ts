import { createHash } from 'node:crypto'
import type { DeliveryFacts, DocumentFacts, Facts, ResultFacts, RunFacts, StreamFacts } from './facts.ts'
import type { Served, Shape } from './truth.ts'

/**
 * `lost`: something that was promised is not there, or only in an old version. `doubled`: something is there twice. `unsettled`: something
 * still waits or is held. `wrong`: two places that must agree do not.
 */
export type Kind = 'lost' | 'doubled' | 'unsettled' | 'wrong'
export interface Violation {
  readonly kind: Kind
  readonly what: string
}

export interface Evidence {
  readonly facts: Facts
  readonly shapes: ReadonlyMap<string, Shape>
  readonly served: ReadonlyMap<string, Served>
  /** Nominal times up to here must be accounted for, milliseconds since the Unix epoch. */
  readonly ticksUntil: number
}

const over: ReadonlySet<string> = new Set(['succeeded', 'partial', 'failed', 'interrupted', 'timedOut', 'skipped', 'missed'])
/** Objects read at the same time. */
const readers = 16

/** Judges what a campaign left behind. An empty answer is the proof: nothing lost, nothing doubled, nothing open. */
export async function judge(evidence: Evidence): Promise<readonly Violation[]> {
  const { facts, ticksUntil } = evidence
  return [
    ...facts.streams.flatMap((stream) =>
      judgeTicks(
        stream,
        facts.runs.filter((run) => run.stream === stream.name),
        ticksUntil,
      ),
    ),
    ...judgeRuns(evidence),
    ...judgeResults(evidence),
    ...(await judgeStore(facts)),
    ...judgeDeliveries(evidence),
    ...judgeDocuments(evidence),
  ]
}

/** Every nominal time from the start on has exactly one row that covers it. */
function judgeTicks(stream: StreamFacts, runs: readonly RunFacts[], until: number): readonly Violation[] {
  const { every, anchor, name } = stream
  if (every === null) return []
  const covered = new Map<number, number>()
  for (const { tick, ticks } of runs) {
    if (tick === null) continue
    for (let index = 0; index < ticks; index += 1) {
      const at = tick + index * every
      covered.set(at, (covered.get(at) ?? 0) + 1)
    }
  }
  const found: Violation[] = []
  for (let tick = anchor; tick <= until; tick += every) {
    const rows = covered.get(tick) ?? 0
    if (rows === 0) found.push({ kind: 'lost', what: `${name}: nobody says what became of the tick ${new Date(tick).toISOString()}` })
    if (rows > 1) found.push({ kind: 'doubled', what: `${name}: ${rows} rows cover the tick ${new Date(tick).toISOString()}` })
    covered.delete(tick)
  }
  for (const [tick, rows] of covered) {
    if (tick < until && (tick - anchor) % every !== 0)
      found.push({ kind: 'wrong', what: `${name}: ${rows} rows for a time that is no tick` })
    if (rows > 1) found.push({ kind: 'doubled', what: `${name}: ${rows} rows cover the tick ${new Date(tick).toISOString()}` })
  }
  return found
}

/** Every run is over, its counts are the sums of its deliveries, and one that succeeded comes at the end of a whole walk. */
function judgeRuns({ facts, shapes, served }: Evidence): readonly Violation[] {
  const found: Violation[] = []
  const results = Map.groupBy(facts.results, ({ runId }) => runId)
  const deliveries = Map.groupBy(facts.deliveries, ({ runId }) => runId)
  const sum = (rows: readonly DeliveryFacts[], field: 'records' | 'documents' | 'deadLetters') =>
    rows.reduce((total, row) => total + row[field], 0)
  for (const run of facts.runs) {
    const what = `run ${run.id} of ${run.stream} (${run.state}${run.code === null ? '' : `, ${run.code}`})`
    if (!over.has(run.state)) found.push({ kind: 'unsettled', what: `${what} is not over` })
    if (run.pendingDeliveries !== 0) found.push({ kind: 'unsettled', what: `${what} counts ${run.pendingDeliveries} pending deliveries` })
    if (run.leaseUntil !== null) found.push({ kind: 'unsettled', what: `${what} is over and holds a lease` })
    const pages = results.get(run.id) ?? []
    const own = deliveries.get(run.id) ?? []
    if (run.pages !== pages.length) found.push({ kind: 'wrong', what: `${what} counts ${run.pages} pages and has ${pages.length}` })
    for (const field of ['records', 'documents', 'deadLetters'] as const) {
      if (run[field] !== sum(own, field))
        found.push({ kind: 'wrong', what: `${what} counts ${run[field]} ${field}, its deliveries ${sum(own, field)}` })
    }
  }
  for (const { name, active } of facts.streams) {
    if (active !== null) found.push({ kind: 'unsettled', what: `${name} is still held by run ${active}` })
  }
  return [...found, ...judgeWalks({ facts, shapes, served })]
}

/**
 * A run that succeeded has walked over all pages of its source. A run that was given up (after its timeout, or when it had lost its worker too
 * often) leaves a checkpoint in the middle of its walk: the next run goes on there.
 */
function judgeWalks({ facts, shapes, served }: Pick<Evidence, 'facts' | 'shapes' | 'served'>): readonly Violation[] {
  const found: Violation[] = []
  const runs = new Map(facts.runs.map((run) => [run.id, run]))
  for (const { id, stream, state, pages } of facts.runs)
    if (state === 'succeeded' && pages === 0) found.push({ kind: 'lost', what: `run ${id} of ${stream} succeeded without a page` })
  for (const [stream, results] of Map.groupBy(facts.results, (result) => result.stream)) {
    let walked = new Set<number>()
    // In the order in which they began to commit, which is the order of the runs: one at a time.
    for (const [runId, pages] of Map.groupBy(results, (result) => result.runId)) {
      for (const { sha256 } of pages) walked.add(served.get(sha256)?.page ?? 0)
      const { state, code } = runs.get(runId) as RunFacts
      const isWhole = state === 'succeeded' || (state === 'partial' && code === null)
      if (!isWhole) continue
      for (let page = 1; page <= (shapes.get(stream)?.pages ?? 0); page += 1) {
        if (!walked.has(page)) found.push({ kind: 'lost', what: `run ${runId} of ${stream} succeeded without page ${page}` })
      }
      walked = new Set()
    }
  }
  return found
}

/** Every committed page is one that the source served, once per run and part, and never older than what was committed before it. */
function judgeResults({ facts, served, shapes }: Evidence): readonly Violation[] {
  const found: Violation[] = []
  const newest = new Map<string, Served>()
  const parts = new Map<string, ResultFacts>()
  const doubled = (result: ResultFacts, why: string) =>
    found.push({ kind: 'doubled', what: `result ${result.id} of ${result.stream}, run ${result.runId}: ${why}` })
  for (const result of facts.results) {
    const page = served.get(result.sha256)
    if (page === undefined || page.stream !== result.stream) {
      found.push({ kind: 'wrong', what: `result ${result.id} of ${result.stream} has bytes that its source never served` })
      continue
    }
    // Where pages have a checkpoint, a part is committed once. One page alone may be fetched again by another attempt: with other bytes.
    const checkpointed = (shapes.get(result.stream)?.pages ?? 1) > 1
    const part = checkpointed ? `${result.runId} ${result.part}` : `${result.runId} ${result.part} ${result.sha256}`
    if (parts.has(part)) doubled(result, `part ${result.part} was committed before as ${parts.get(part)?.id}`)
    parts.set(part, result)
    const key = `${page.stream} ${page.page}`
    const before = newest.get(key)
    if (before !== undefined && before.version > page.version)
      found.push({ kind: 'lost', what: `${key}: version ${page.version} was committed after ${before.version}; a stale write is visible` })
    if (before === undefined || before.version < page.version) newest.set(key, page)
  }
  return found
}

/** Every committed page lies in the store with the bytes it was committed with. */
async function judgeStore({ results, store }: Facts): Promise<readonly Violation[]> {
  const found: Violation[] = []
  const left = results.values()
  const read = async (): Promise<void> => {
    for (const { key, sha256, size, id } of left) {
      const bytes = await store.get(key, AbortSignal.timeout(30_000)).catch(() => undefined)
      if (bytes === undefined) found.push({ kind: 'lost', what: `result ${id}: its object ${key} is not in the store` })
      else if (bytes.byteLength !== size || createHash('sha256').update(bytes).digest('hex') !== sha256)
        found.push({ kind: 'lost', what: `result ${id}: its object ${key} has other bytes` })
    }
  }
  await Promise.all(Array.from({ length: readers }, read))
  return found
}

/** Every result went to every sink of its stream, and records = documents + dead letters. */
function judgeDeliveries({ facts, served }: Evidence): readonly Violation[] {
  const found: Violation[] = []
  const byResult = Map.groupBy(facts.deliveries, ({ resultId }) => resultId)
  const letters = Map.groupBy(facts.deadLetters, ({ deliveryId }) => deliveryId)
  const sinks = new Map(facts.streams.map((stream) => [stream.name, stream.sinks]))
  for (const result of facts.results) {
    const own = byResult.get(result.id) ?? []
    const positions = new Set(own.map(({ position }) => position))
    const wanted = sinks.get(result.stream) ?? 0
    if (positions.size < wanted)
      found.push({ kind: 'lost', what: `result ${result.id} has ${positions.size} deliveries for ${wanted} sinks` })
    if (own.length > positions.size) found.push({ kind: 'doubled', what: `result ${result.id} has two deliveries to one sink` })
    const page = served.get(result.sha256)
    for (const delivery of own) {
      const what = `delivery ${delivery.id} of ${result.stream} (${delivery.state})`
      const buried = letters.get(delivery.id) ?? []
      if (delivery.state !== 'done' && delivery.state !== 'dead') found.push({ kind: 'unsettled', what: `${what} is not over` })
      if (buried.length !== delivery.deadLetters)
        found.push({ kind: 'wrong', what: `${what} counts ${delivery.deadLetters} dead letters and has ${buried.length}` })
      const given = buried.find(({ code }) => code !== 'record_invalid')
      if (given !== undefined) found.push({ kind: 'lost', what: `${what} was given up because of something that passes: ${given.code}` })
      if (delivery.state !== 'done' || page === undefined) continue
      const records = page.ids.length + page.bad
      if (delivery.records !== records) found.push({ kind: 'wrong', what: `${what} counts ${delivery.records} of ${records} records` })
      if (delivery.documents + delivery.deadLetters !== delivery.records)
        found.push({
          kind: 'wrong',
          what: `${what}: ${delivery.documents} documents and ${delivery.deadLetters} dead letters of ${records}`,
        })
    }
  }
  return found
}

interface Expected {
  readonly result: ResultFacts
  readonly version: number
  /** Results that contained the record: it cannot have changed more often. */
  times: number
  /** Whether a dead letter stands for it. */
  buried: boolean
}

/** Every record of a committed page is in the sink exactly once, in its newest version, or in a dead letter. */
function judgeDocuments({ facts, served }: Evidence): readonly Violation[] {
  const found: Violation[] = []
  const expected = expectedDocuments(facts, served)
  const seen = new Map<string, DocumentFacts>()
  for (const document of facts.documents) {
    const wanted = expected.get(document.id)
    if (seen.has(document.id) || wanted === undefined) {
      found.push({ kind: 'doubled', what: `document ${document.id} stands for no record that was committed, or twice` })
      continue
    }
    seen.set(document.id, document)
    if (document.version < wanted.version && !wanted.buried)
      found.push({ kind: 'lost', what: `document ${document.id} has version ${document.version}, committed was ${wanted.version}` })
    if (document.version > wanted.version)
      found.push({ kind: 'wrong', what: `document ${document.id} has version ${document.version}, which was not committed` })
    if (document.version === wanted.version && (document.resultId !== wanted.result.id || document.seq !== wanted.result.seq))
      found.push({ kind: 'wrong', what: `document ${document.id} says that it came from ${document.resultId}, not ${wanted.result.id}` })
    if (document.revision > wanted.times)
      found.push({ kind: 'doubled', what: `document ${document.id} changed ${document.revision} times by ${wanted.times} results` })
  }
  for (const [id, { buried, version }] of expected) {
    if (!seen.has(id) && !buried)
      found.push({ kind: 'lost', what: `record ${id}, version ${version}, is in no document and no dead letter` })
  }
  return found
}

function expectedDocuments(facts: Facts, served: ReadonlyMap<string, Served>): ReadonlyMap<string, Expected> {
  const buried = new Map<string, Set<number | null>>()
  const resultOf = new Map(facts.deliveries.map(({ id, resultId }) => [id, resultId]))
  for (const { deliveryId, record } of facts.deadLetters) {
    const result = resultOf.get(deliveryId) ?? ''
    buried.set(result, (buried.get(result) ?? new Set<number | null>()).add(record))
  }
  const expected = new Map<string, Expected>()
  // In order of `seq`: the last one is the newest.
  for (const result of facts.results) {
    const page = served.get(result.sha256)
    const dead = buried.get(result.id)
    for (const [index, id] of page?.ids.entries() ?? []) {
      const key = `${result.stream}:${id}`
      const times = (expected.get(key)?.times ?? 0) + 1
      expected.set(key, { result, version: page?.version ?? 0, times, buried: dead?.has(index) === true || dead?.has(null) === true })
    }
  }
  return expected
}
