import type { DeliveryEnd, FetchEnd, PageCommit, PendingDelivery, WorkerRegistration } from '@data-weaver/ledger'
import type { Chance } from '../world/chance.ts'
import {
  type Command,
  type Draw,
  epochOf,
  leaseMs,
  outcome,
  pickDeliveries,
  pickRun,
  realIdOf,
  rememberDeliveries,
  streamOf,
  tenant,
  workerIds,
} from './command.ts'
import { growingId, type Pair } from './pair.ts'

const wish =
  (what: 'start' | 'pause' | 'resume'): Draw =>
  (pair, chance) => {
    const id = streamOf(pair, chance)
    // The API refuses to pause or resume what is stopped.
    if (what !== 'start' && pair.model.tables.stream(id).desired === 'stopped') return undefined
    return {
      name: `${what} a stream`,
      real: async () => void (await pair.real.streams[what](tenant, id)),
      model: () => pair.model[what](id),
    }
  }

const trigger: Draw = (pair, chance) => {
  const id = streamOf(pair, chance)
  return {
    name: 'trigger',
    real: async () => typeof (await outcome(async () => (await pair.real.streams.trigger(tenant, id)).runId.length > 0)) === 'boolean',
    model: () => pair.model.trigger(id) !== undefined,
  }
}

const stop: Draw = (pair, chance) => {
  const id = streamOf(pair, chance)
  const request = { mode: chance.pick(['interrupt', 'drain'] as const), deadline: chance.pick([30_000, 300_000]) }
  return {
    name: `stop a stream, ${request.mode}`,
    real: async () => void (await pair.real.operations.stopStream(tenant, id, request)),
    model: () => void pair.model.stopStream(id, request),
  }
}

const ofRun =
  (what: 'interruptRun' | 'releaseRun'): Draw =>
  (pair, chance) => {
    const run = pickRun(pair, chance)
    if (run === undefined) return undefined
    const count = (answer: string | number): unknown => (typeof answer === 'number' ? answer : undefined)
    return {
      name: `${what} ${run.name}`,
      real: async () => count(await pair.real.operations[what](tenant, run.real)),
      model: () => count(pair.model[what](run.model)),
    }
  }

const bulk: Draw = (pair, chance) => {
  const action = chance.pick(['start', 'stop', 'pause', 'resume', 'trigger'] as const)
  const request = { tenant, action, filter: {}, ...(chance.is(0.5) ? { mode: 'drain' as const } : {}) }
  return {
    name: `${action} all`,
    real: async () => {
      await pair.real.operations.begin(request)
      return (await pair.real.operations.applyNext())?.woken.length
    },
    model: () => {
      pair.model.begin(request)
      return pair.model.applyNext()?.woken.length
    },
  }
}

const drainWorker: Draw = (pair, chance) => {
  const id = chance.pick(workerIds)
  return {
    name: `drain ${id}`,
    real: () => outcome(async () => void (await pair.real.operations.drainWorker(tenant, id))),
    model: () => outcome(() => void pair.model.drainWorker(id)),
  }
}

const claimTick: Draw = (pair, chance) => {
  const streamId = streamOf(pair, chance)
  const workerId = chance.pick(workerIds)
  const at = pair.tick(streamId, chance.is(0.8) ? 0 : chance.below(3), chance.below(200))
  const request = { kind: 'tick' as const, streamId, runId: growingId(), canaryRunId: growingId() }
  return {
    name: 'claim a tick',
    real: async () => shown(await pair.real.claim(workerId, leaseMs, { ...request, at: at.real })),
    model: () => shown(pair.model.claim(workerId, leaseMs, { ...request, at: at.model })),
  }
}

const claimRun: Draw = (pair, chance) => {
  const run = pickRun(pair, chance)
  if (run === undefined) return undefined
  const workerId = chance.pick(workerIds)
  return {
    name: `claim run ${run.name}`,
    real: async () => shown(await pair.real.claim(workerId, leaseMs, { kind: 'run', runId: run.real })),
    model: () => shown(pair.model.claim(workerId, leaseMs, { kind: 'run', runId: run.model })),
  }
}

function shown(claim: { outcome: string; run?: object }): unknown {
  if (claim.run === undefined) return claim.outcome
  const { id: _, ...run } = claim.run as Record<string, unknown>
  return run
}

const commit: Draw = (pair, chance) => {
  const run = pickRun(pair, chance)
  if (run === undefined) return undefined
  const known = [...pair.model.tables.results.values()].filter(({ runId }) => runId === run.model)
  const again = known.length > 0 && chance.is(0.2)
  const carrier = chance.is(0.5) ? chance.pick(workerIds) : null
  const page = (runId: string): PageCommit => ({
    runId,
    epoch,
    resultId,
    part: known.length,
    key: `results/${resultId}`,
    sha256: 'ab'.repeat(32),
    size: 10,
    contentType: 'text/plain',
    request: { method: 'GET', url: 'https://example.org', headers: {} },
    response: { status: 200, headers: {}, receivedAt: '2026-01-01T00:00:00.000Z', durationMs: 1 },
    sinks: Array.from({ length: sinks }, () => ({ type: 'postgres' })),
    cursor,
    gap: undefined,
    ends,
    carrier,
  })
  const epoch = epochOf(pair, chance, run.model)
  const resultId = again ? chance.pick(known).id : growingId()
  const sinks = chance.below(3)
  const cursor = chance.is(0.5) ? chance.below(1000) : undefined
  const ends = chance.is(0.4)
  const nameNext = (names: { of(id: string | null): string | null }, next: string | null): string | null =>
    next === null ? null : names.of(next)
  let made: readonly string[] = []
  return {
    name: `commit a page of run ${run.name}${again ? ' again' : ''}`,
    model: () =>
      outcome(() => {
        const { deliveryIds, next } = pair.model.commitPage(page(run.model))
        made = deliveryIds
        return { deliveries: deliveryIds.length, next: nameNext(pair.modelSide.runs, next) }
      }),
    real: () =>
      outcome(async () => {
        const { deliveryIds, next } = await pair.real.commitPage(page(run.real))
        rememberDeliveries(pair, made, deliveryIds)
        return { deliveries: deliveryIds.length, next: nameNext(pair.realSide.runs, next) }
      }),
  }
}

const endFetch: Draw = (pair, chance) => {
  const run = pickRun(pair, chance)
  if (run === undefined) return undefined
  const verdict = chance.pick(['fetched', 'failed', 'timedOut', 'interrupted', 'retry', 'wait'] as const)
  const epoch = epochOf(pair, chance, run.model)
  const error = verdict === 'fetched' || chance.is(0.3) ? null : { code: 'source_unavailable' as const, origin: 'source', message: 'down' }
  const autoPause = chance.is(0.5) ? { failures: 2, probe: 120_000 } : null
  const end = (runId: string): FetchEnd => ({ runId, epoch, outcome: verdict, error, retryAfterMs: chanceWait, autoPause })
  const chanceWait = chance.pick([0, 20_000])
  return {
    name: `end the fetch of run ${run.name}, ${verdict}`,
    real: async () => {
      const ended = await pair.real.endFetch(end(run.real))
      return ended === undefined ? 'none' : { state: ended.state, next: pair.realSide.runs.of(ended.next) }
    },
    model: () => {
      const ended = pair.model.endFetch(end(run.model))
      return ended === undefined ? 'none' : { state: ended.state, next: pair.modelSide.runs.of(ended.next) }
    },
  }
}

const begin: Draw = (pair, chance) => {
  const ids = pickDeliveries(pair, chance)
  if (ids.length === 0) return undefined
  const workerId = chance.pick(workerIds)
  const shownDeliveries = (begun: readonly PendingDelivery[]): unknown =>
    begun.map(({ resultId, position, attempts, key }) => ({ resultId, position, attempts, key }))
  return {
    name: `begin ${ids.length} deliveries`,
    real: async () =>
      shownDeliveries(
        await pair.real.beginDeliveries(
          workerId,
          ids.map((id) => realIdOf(pair, id)),
        ),
      ),
    model: () => shownDeliveries(pair.model.beginDeliveries(workerId, ids)),
  }
}

const renewDeliveries: Draw = (pair, chance) => {
  const ids = pickDeliveries(pair, chance)
  const workerId = chance.pick(workerIds)
  // Now and then somebody who no longer carries one.
  const carried = ids.map((id) => ({ id, attempts: (pair.model.tables.deliveries.get(id)?.attempts ?? 0) - Number(chance.is(0.1)) }))
  return {
    name: `renew ${ids.length} deliveries`,
    real: async () =>
      (
        await pair.real.renewDeliveries(
          workerId,
          carried.map((delivery) => ({ ...delivery, id: realIdOf(pair, delivery.id) })),
        )
      ).size,
    model: () => pair.model.renewDeliveries(workerId, carried).size,
  }
}

const acknowledge: Draw = (pair, chance) => {
  const [id] = pickDeliveries(pair, chance)
  if (id === undefined) return undefined
  const state = chance.pick(['done', 'done', 'dead', 'retry'] as const)
  const error = { code: 'sink_rejected' as const, origin: 'sink', message: 'no' }
  const refusals = state === 'dead' ? [{ record: null, error }] : chance.is(0.3) ? [{ record: chance.below(3), error }] : []
  // Now and then somebody who no longer carries it.
  const attempt = (pair.model.tables.deliveries.get(id)?.attempts ?? 0) - Number(chance.is(0.1))
  const end = (deliveryId: string): DeliveryEnd => ({
    deliveryId,
    attempt,
    state,
    records: 3,
    documents: 3 - refusals.length,
    refusals,
    error: failed ? error : null,
    retryAfterMs,
  })
  const retryAfterMs = chance.pick([0, 4000, 40_000])
  const failed = chance.is(0.5)
  return {
    name: `acknowledge, ${state}`,
    real: () => pair.real.acknowledge(end(realIdOf(pair, id))),
    model: () => pair.model.acknowledge(end(id)),
  }
}

const renewLeases: Draw = (pair, chance) => {
  const id = chance.pick(workerIds)
  const [one, other] = [pickRun(pair, chance), pickRun(pair, chance)]
  const runs = one === undefined || other === undefined ? [] : one.model === other.model ? [one] : [one, other]
  const held = runs.map((run) => ({ ...run, epoch: epochOf(pair, chance, run.model) }))
  const worker: WorkerRegistration = {
    id,
    host: 'a',
    pid: 1,
    version: '0',
    pools: ['default'],
    slots: 1,
    draining: chance.is(0.4),
    memoryBytes: 0,
    clockNow: 0,
  }
  const shownBeat = ({ leases, drainMs }: { leases: readonly string[]; drainMs: number | null }): unknown => ({ leases, drainMs })
  return {
    name: `heartbeat of ${id}`,
    real: async () =>
      shownBeat(
        await pair.real.renewLeases(
          worker,
          held.map(({ real, epoch }) => ({ runId: real, epoch })),
          leaseMs,
        ),
      ),
    model: () =>
      shownBeat(
        pair.model.renewLeases(
          worker,
          held.map(({ model, epoch }) => ({ runId: model, epoch })),
          leaseMs,
        ),
      ),
  }
}

const leave: Draw = (pair, chance) => {
  const id = chance.pick(workerIds)
  return { name: `${id} leaves`, real: () => pair.real.leaveWorkers(id), model: () => pair.model.leaveWorkers(id) }
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1)

const takeDueRuns: Draw = ({ real, realSide, model, modelSide }) => ({
  name: 'take due runs',
  real: async () => (await real.reconcile.takeDueRuns(100)).map(({ id }) => String(realSide.runs.of(id))).toSorted(byName),
  model: () =>
    model
      .takeDueRuns(100)
      .map(({ id }) => String(modelSide.runs.of(id)))
      .toSorted(byName),
})

const takeDueDeliveries: Draw = ({ real, model }) => ({
  name: 'take due deliveries',
  real: async () => (await real.reconcile.takeDueDeliveries(100)).length,
  model: () => model.takeDueDeliveries(100).length,
})

const endLost: Draw = ({ real, model }) => ({
  name: 'end what is lost',
  real: () => real.reconcile.endLost(100, leaseMs),
  model: () => model.endLost(100, leaseMs),
})

const hurryLost: Draw = ({ real, model }, chance) => {
  const known = workerIds.filter(() => chance.is(0.3))
  return {
    name: `hurry what is lost, knowing ${known.length}`,
    real: async () => [...(await real.reconcile.hurryLost(100, leaseMs, known))].toSorted(byName),
    model: () => [...model.hurryLost(100, leaseMs, known)].toSorted(byName),
  }
}

const probe: Draw = ({ real, model }) => ({
  name: 'probe',
  real: () => real.reconcile.probeStreams([growingId(), growingId(), growingId()]),
  model: () => model.probeStreams(3),
})

const account: Draw = ({ real, model }) => {
  const reason = (): 'noWorker' => 'noWorker'
  return {
    name: 'account for ticks',
    real: async () => {
      const now = await real.reconcile.now()
      let answer: unknown
      for await (const streams of real.reconcile.tickingStreams())
        answer = await real.reconcile.account(streams, { now, until: now - 30_000, reason })
      return answer ?? { missed: 0, caughtUp: 0 }
    },
    model: () => {
      const now = model.tables.now()
      return model.account(model.tickingStreams(), { now, until: now - 30_000, reason })
    },
  }
}

const look: Draw = ({ real, model }) => ({ name: 'look at operations', real: () => real.operations.look(), model: () => model.look() })

/** Each as often as it stands here. */
const draws: readonly Draw[] = [
  ...[claimTick, claimTick, claimTick, claimRun, claimRun, commit, commit, commit, endFetch, endFetch],
  ...[begin, begin, renewDeliveries, acknowledge, acknowledge, renewLeases, renewLeases, leave],
  ...[takeDueRuns, takeDueDeliveries, endLost, hurryLost, hurryLost, probe, account, look, look],
  ...[
    wish('start'),
    wish('start'),
    wish('start'),
    wish('pause'),
    wish('resume'),
    trigger,
    stop,
    ofRun('interruptRun'),
    ofRun('releaseRun'),
    drainWorker,
    bulk,
  ],
]

export function drawCommand(pair: Pair, chance: Chance): Command {
  for (;;) {
    const command = chance.pick(draws)(pair, chance)
    if (command !== undefined) return command
  }
}
