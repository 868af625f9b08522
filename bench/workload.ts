/** The two workloads: what the stub source answers, and the configuration that fetches it. */
export interface Workload {
  readonly name: 'A' | 'B'
  readonly title: string
  readonly recordsPerPage: number
  readonly pagesPerRun: number
  /** Streams offered to the system, by the queue: enough that it always has something to do, not so many that it only queues. */
  readonly streams: { readonly postgres: number; readonly redis: (workers: number) => number }
}

export const workloads: Record<'A' | 'B', Workload> = {
  A: {
    name: 'A',
    title: 'small polls: one record of 600 bytes a run',
    recordsPerPage: 1,
    pagesPerRun: 1,
    streams: { postgres: 200, redis: (workers) => 1000 * workers },
  },
  B: {
    name: 'B',
    title: 'bulk: pages of 500 records of 300 bytes',
    recordsPerPage: 500,
    pagesPerRun: 10,
    streams: { postgres: 16, redis: () => 16 },
  },
}

const recordBytes = { A: 600, B: 300 }

/** Of the machine's clock, which all processes share. */
export const microseconds = (): number => Number(process.hrtime.bigint() / 1000n)

/** A record of the workload's size. */
export function record(workload: Workload, id: string, askedAt: number): { id: string; askedAt: number; text: string } {
  const bare = JSON.stringify({ id, askedAt, text: '' }).length
  return { id, askedAt, text: 'x'.repeat(Math.max(0, recordBytes[workload.name] - bare)) }
}

export const adapterConfig = (workload: Workload, sourceUrl: string, stream: number) => ({
  request: { url: `${sourceUrl}/${workload.name}/${stream}` },
  records: { path: 'items' },
  primaryKey: ['id'],
  ...(workload.pagesPerRun === 1
    ? {}
    : {
        pagination: {
          type: 'page',
          parameter: 'page',
          maxPages: workload.pagesPerRun,
          stop: { on: 'total', path: 'pages', counts: 'pages' },
        },
      }),
})

export const transform = {
  fields: { askedAt: { path: 'askedAt', convert: 'integer' }, text: 'text', label: { template: 'record {{id}}' } },
} as const
