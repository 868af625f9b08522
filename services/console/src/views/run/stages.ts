import type { Delivery, Result, Run } from '../../api/resources.ts'

export interface Line {
  readonly key: string
  readonly label: string
  readonly kind: 'wait' | 'fetch' | 'store' | 'transform' | 'sink'
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

  /** A page is transformed, then goes to the sink; how long the transform took is known in the end. */
  const addDelivery = ({ sink, position, createdAt, finishedAt, transformMs, state }: Delivery, id: string, label: string) => {
    const from = Date.parse(createdAt)
    const until = at(finishedAt)
    const transformed = from + Math.min(transformMs ?? 0, Math.max(0, (until ?? now) - from))
    if (transformMs !== null) add(`transform ${id} ${position}`, `Transform${label}`, 'transform', from, transformed)
    add(`sink ${id} ${position}`, `${state === 'dead' ? 'Refused by' : 'To'} ${sink}${label}`, 'sink', transformed, until)
  }

  const asked = Math.min(at(run.tick) ?? Date.parse(run.createdAt), Date.parse(run.createdAt))
  const started = at(run.startedAt)
  const finished = at(run.finishedAt)
  if (started !== undefined || finished === undefined) add('wait', 'Wait for a worker', 'wait', asked, started)
  const pages = results.toSorted((a, b) => a.part - b.part)
  for (const { id, part, response, createdAt, deliveries = [] } of pages.slice(0, mostPages)) {
    const received = Date.parse(response.receivedAt)
    const label = pages.length === 1 ? '' : ` page ${part + 1}`
    add(`fetch ${id}`, `Fetch${label}`, 'fetch', received - response.durationMs, received)
    add(`store ${id}`, `Store${label}`, 'store', received, Date.parse(createdAt))
    // What was delivered again later is no part of the run's time, and what is held waits for somebody.
    const own = deliveries.filter((delivery) => delivery.createdAt === createdAt && delivery.state !== 'held')
    for (const delivery of own) addDelivery(delivery, id, label)
  }
  const fetched = at(run.fetchedAt)
  if (started !== undefined && pages.length === 0) add('fetch', 'Fetch', 'fetch', started, fetched ?? finished)
  return {
    begin: Math.min(...lines.map(({ from }) => from)),
    end: Math.max(...lines.map(({ until }) => until)),
    lines,
    left: Math.max(0, pages.length - mostPages),
  }
}
