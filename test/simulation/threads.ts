import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Outcome } from './simulate.ts'
import type { ThreadOrder } from './thread.ts'

export interface Stories {
  /** The first seed, and how many. */
  readonly first: number
  readonly count: number
  readonly mutant?: string
  readonly fencing?: boolean
  readonly traceAll?: boolean
  readonly threads?: number
  /** No more seeds are begun once it answers true. */
  readonly enough?: (outcome: Outcome) => boolean
}

/** Seeds that a thread has before it at any time. */
const ahead = 2

/** Lives through many seeds in several threads; answers what came of each, in no order. */
export async function simulateMany({ first, count, enough = () => false, ...stories }: Stories): Promise<readonly Outcome[]> {
  const { mutant = null, fencing = true, traceAll = false, threads = availableParallelism() } = stories
  const order: ThreadOrder = { mutant, fencing, traceAll }
  const outcomes: Outcome[] = []
  let next = first
  let ended = false
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: order, execArgv: [] })
      let open = 0
      const give = (): void => {
        while (!ended && open < ahead && next < first + count) {
          thread.postMessage(next)
          next += 1
          open += 1
        }
        if (open === 0) thread.postMessage('end')
      }
      thread.on('message', (outcome: Outcome) => {
        outcomes.push(outcome)
        open -= 1
        ended ||= enough(outcome)
        give()
      })
      thread.once('error', (error) => {
        ended = true
        reject(error)
      })
      thread.once('exit', () => resolve())
      give()
    })
  await Promise.all(Array.from({ length: Math.min(threads, count) }, one))
  return outcomes.toSorted((a, b) => a.seed - b.seed)
}
