import { registerHooks } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { mutate } from './mutants.ts'
import type { Outcome } from './simulate.ts'

/** What a thread is told when it starts. */
export interface ThreadOrder {
  /** A way to break the product, by name. */
  readonly mutant: string | null
  readonly fencing: boolean
  readonly traceAll: boolean
}

const { mutant, fencing, traceAll } = workerData as ThreadOrder

// Ids of rows come from time and randomness: here they come from a counter, so that a seed tells the same story every time. A mutant
// changes the source text of the product.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'uuid' ? { url: new URL('./world/ids.ts', import.meta.url).href, shortCircuit: true } : next(specifier, context),
  load(url, context, next) {
    const loaded = next(url, context)
    if (mutant === null || loaded.source === undefined || loaded.source === null) return loaded
    const text = mutate(mutant, url, () => Buffer.from(loaded.source as Uint8Array).toString('utf8'))
    return text === undefined ? loaded : { ...loaded, source: text }
  },
})

// The product is loaded after that.
const { enter } = await import('./enter.ts')
const live = await enter()

/** Ends the thread. */
const end = 'end'

async function work(message: number | typeof end): Promise<void> {
  if (message === end) return void parentPort?.close()
  const outcome: Outcome = await live(message, { fencing, traceAll })
  parentPort?.postMessage(outcome)
}

// One story at a time: there is one agenda in a thread.
let last = Promise.resolve()
parentPort?.on('message', (message: number | typeof end) => void (last = last.then(() => work(message))))
