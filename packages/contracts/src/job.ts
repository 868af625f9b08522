/** What jobs carry: ids, never a payload and never a secret. */
export interface TickJob {
  readonly streamId: string
  /** Milliseconds by which the tick is put off; its nominal time stays. */
  readonly jitterMs?: number
}
export interface RunJob {
  readonly runId: string
}
export interface SinkJob {
  readonly deliveryIds: readonly string[]
}

/**
 * Where the wake-ups of one tenant in one pool wait: each has queues of its own, so that many of one tenant's do not stand before
 * another's one. The default tenant's lane has the name of the pool.
 */
export const laneOf = (pool: string, tenant: string): string => (tenant === 'default' ? pool : `${pool}.${tenant}`)

/** Queues by lane. */
export const fetchQueue = (lane: string): string => `fetch.${lane}`
export const sinkQueue = (lane: string): string => `sink.${lane}`
