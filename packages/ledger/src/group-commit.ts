/** Largest number of items in one shared statement. */
const maxBatch = 200

/**
 * Lets concurrent callers share one statement: while a batch is under way, new items gather; when it ends, all that gathered go
 * together. No timer: a lone item goes at once. When a shared batch fails, each of its items is tried alone, so that one
 * item's bad data cannot fail its neighbours.
 */
export function groupCommit<T, R>(work: (items: readonly T[]) => Promise<readonly R[]>): (item: T) => Promise<R> {
  interface Waiting {
    readonly item: T
    readonly resolve: (result: R) => void
    readonly reject: (error: unknown) => void
  }
  const gathered: Waiting[] = []
  let underWay = false
  let scheduled = false

  const flush = async (): Promise<void> => {
    const batch = gathered.splice(0, maxBatch)
    underWay = true
    try {
      await settle(batch)
    } finally {
      underWay = false
      schedule()
    }
  }

  const settle = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const answers = await work(batch.map(({ item }) => item))
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as R)
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error)
      else for (const waiting of batch) await settle([waiting])
    }
  }

  const schedule = (): void => {
    if (scheduled || gathered.length === 0 || underWay) return
    scheduled = true
    // After the current input has been handled: what arrived with it joins the batch.
    setImmediate(() => {
      scheduled = false
      if (gathered.length > 0 && !underWay) void flush()
    })
  }

  return (item) =>
    new Promise<R>((resolve, reject) => {
      gathered.push({ item, resolve, reject })
      schedule()
    })
}
