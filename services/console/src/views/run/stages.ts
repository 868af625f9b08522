import type { Result, Run } from '../../api/resources.ts'

export interface Line {
  readonly key: string
  readonly label: string
  readonly kind: 'wait' | 'fetch' | 'store' | 'deliver'
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly until: number
  /** Whether it is still going on. */
  readonly open: boolean
}

/** Pages that get a line of their own. */
const mostPages = 20

/**
 * The steps of a run in the order in which they began. Clocks of workers and of the database meet here, so a step never ends before it
 * begins.
 */
export function stages(run: Run, results: readonly Result[], now: number) {
  const at = (time: string | null): number | undefined => (time === null ? undefined : Date.parse(time))
  const lines: Line[] = []
  const add = (key: string, label: string, kind: Line['kind'], from: number, until: number | undefined) =>
    lines.push({ key, label, kind, from, until: Math.max(from, until ?? now), open: until === undefined })

  const asked = Math.min(at(run.tick) ?? Date.parse(run.createdAt), Date.parse(run.createdAt))
  const started = at(run.startedAt)
  const finished = at(run.finishedAt)
  if (started !== undefined || finished === undefined) add('wait', 'Wait for a worker', 'wait', asked, started)
  const pages = results.toSorted((a, b) => a.part - b.part)
  for (const { id, part, response, createdAt } of pages.slice(0, mostPages)) {
    const received = Date.parse(response.receivedAt)
    const label = pages.length === 1 ? '' : ` page ${part + 1}`
    add(`fetch ${id}`, `Fetch${label}`, 'fetch', received - response.durationMs, received)
    add(`store ${id}`, `Store${label}`, 'store', received, Date.parse(createdAt))
  }
  const fetched = at(run.fetchedAt)
  if (started !== undefined && pages.length === 0) add('fetch', 'Fetch', 'fetch', started, fetched ?? finished)
  const stored = pages.at(-1)
  if (stored !== undefined) add('deliver', 'Transform, sink', 'deliver', Date.parse(stored.createdAt), finished)
  return {
    begin: Math.min(...lines.map(({ from }) => from)),
    end: Math.max(...lines.map(({ until }) => until)),
    lines,
    left: Math.max(0, pages.length - mostPages),
  }
}
