import type { Channel, Ledger, Listener } from '@data-weaver/ledger'
import type { ModelLedger } from '../model/index.ts'
import type { Process } from '../world/process.ts'
import type { World } from '../world/world.ts'

/** As many as the reconciler would take in one step. */
type Ids = readonly string[]

/** The ledger as one process reaches it. What the handlers do not use is not there. */
export function ledgerPort(process: Process, model: ModelLedger): Ledger {
  const ask = <T>(what: string, effect: () => T): Promise<T> => process.call('ledger', what, effect)
  /** By method: the call takes what the method takes. */
  const method =
    <A extends unknown[], T>(what: string, effect: (...values: A) => T) =>
    (...values: A): Promise<T> =>
      ask(what, () => effect(...values))
  const ledger = {
    claim: method('claims', model.claim),
    commitPage: method('commits a page', model.commitPage),
    endFetch: method('ends a fetch', model.endFetch),
    beginDeliveries: method('begins deliveries', model.beginDeliveries),
    renewDeliveries: method('renews deliveries', model.renewDeliveries),
    acknowledge: method('acknowledges', model.acknowledge),
    renewLeases: method('renews', model.renewLeases),
    leaveWorkers: method('leaves', model.leaveWorkers),
    announceAvailable: method('is available', () => model.tables.notify('weaver_worker_available', '')),
    streams: {
      spec: method('reads a specification', (id: string, _version: number) => model.spec(id)),
      sealedSecrets: method('reads secrets', () => ({})),
      promoteTrials: () => Promise.resolve(0),
      lanes: method('reads lanes of streams', (_tenant: string, ids: Ids) => new Map(ids.map((id) => [id, 'default']))),
      start: method('starts a stream', (_tenant: string, id: string) => model.start(id)),
      pause: method('pauses a stream', (_tenant: string, id: string) => model.pause(id)),
      resume: method('resumes a stream', (_tenant: string, id: string) => model.resume(id)),
      trigger: method('triggers a stream', (_tenant: string, id: string) => model.trigger(id)),
    },
    operations: {
      stopStream: method('stops a stream', (_tenant: string, id: string, request: Parameters<ModelLedger['stopStream']>[1]) =>
        model.stopStream(id, request),
      ),
      interruptRun: method('interrupts a run', (_tenant: string, id: string) => model.interruptRun(id)),
      releaseRun: method('releases a run', (_tenant: string, id: string) => model.releaseRun(id)),
      drainWorker: method('drains a worker', (_tenant: string, id: string, ms?: number) => model.drainWorker(id, ms)),
      begin: method('begins an action', model.begin),
      applyNext: method('applies an operation', model.applyNext),
      look: method('looks at operations', model.look),
      get: method('reads an operation', (_tenant: string, id: string) => ({ ...model.tables.operations.get(id) })),
    },
    redeliveries: { next: () => Promise.resolve([]) },
    reconcile: {
      takeDueRuns: method('takes due runs', model.takeDueRuns),
      takeDueDeliveries: method('takes due deliveries', model.takeDueDeliveries),
      endLost: method('ends what is lost', model.endLost),
      hurryLost: method('hurries what is lost', model.hurryLost),
      continueStreams: method('continues streams', (ids: Ids) => model.continueStreams(ids.length)),
      probeStreams: method('probes streams', (ids: Ids) => model.probeStreams(ids.length)),
      lanes: method('reads lanes', () => ['default']),
      async *tickingStreams() {
        yield await ask('reads ticking streams', model.tickingStreams)
      },
      account: method('accounts', model.account),
      poolsServed: method('reads pools', model.poolsServed),
      cleanUp: method('cleans up', () => {}),
      now: method('reads the time', () => model.tables.now()),
    },
    budgets: {
      salt: method('reads the salt', (salt: string) => salt),
      alerts: method('reads budgets', () => ({ at: new Date(model.tables.now()), alerts: [] })),
      take: method('takes of a budget', () => ({ outcome: 'granted', at: model.tables.now(), leased: false })),
      release: method('frees a place', () => {}),
      use: method('uses a budget', () => {}),
      learn: method('learns of a budget', () => {}),
      leave: method('leaves a line', () => {}),
      // Without places there is nothing to renew.
      renew: () => Promise.resolve(),
    },
  }
  return ledger as unknown as Ledger
}

/** Notifications: wake-ups that may get lost. */
export class Bells {
  readonly #world: World
  readonly #heard = new Map<Process, Map<Channel, Set<(payload: string) => void>>>()
  /** In [0, 1). */
  lost = 0

  constructor(world: World) {
    this.#world = world
  }

  ring(channel: Channel, payload: string): void {
    const { chance } = this.#world
    for (const [process, channels] of this.#heard) {
      if (process.dead || process.isDown('ledger') || chance.is(this.lost)) continue
      const callbacks = channels.get(channel)
      if (callbacks === undefined || callbacks.size === 0) continue
      this.#world.after(chance.between(1, 20), () => callbacks.forEach((callback) => callback(payload)), process)
    }
  }

  listener(process: Process): Listener {
    const channels = new Map<Channel, Set<(payload: string) => void>>()
    this.#heard.set(process, channels)
    process.onReconnect.push(() => {
      for (const callbacks of channels.values()) callbacks.forEach((callback) => callback(''))
    })
    return {
      on(channel, callback) {
        const callbacks = channels.get(channel) ?? new Set()
        channels.set(channel, callbacks.add(callback))
        return () => callbacks.delete(callback)
      },
      close: () => Promise.resolve(),
    }
  }
}
