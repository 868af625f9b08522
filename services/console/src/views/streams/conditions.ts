import type { Stream } from '../../api/resources.ts'

export type Condition = Stream['desired'] | 'late' | 'failing'

/** How long after its nominal time a tick counts as late, milliseconds. */
const lateAfterMs = 5000

/** Whether the next tick should have come, or the data are older than the stream allows. */
export function isLate(stream: Stream, now: number): boolean {
  if (stream.desired !== 'started') return false
  return stream.freshness.stale || (stream.nextTickAt !== null && Date.parse(stream.nextTickAt) + lateAfterMs < now)
}

export const isFailing = (stream: Stream): boolean => stream.failures > 0

export function meets(stream: Stream, condition: Condition, now: number): boolean {
  if (condition === 'late') return isLate(stream, now)
  if (condition === 'failing') return isFailing(stream)
  return stream.desired === condition
}

export function sorted(streams: readonly Stream[], by: 'name' | 'next' | 'changed'): readonly Stream[] {
  if (by === 'name') return streams.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  if (by === 'changed') return streams.toSorted((a, b) => b.updatedAt.localeCompare(a.updatedAt))
  return streams.toSorted((a, b) => (a.nextTickAt ?? '9').localeCompare(b.nextTickAt ?? '9'))
}
