/** What jobs carry: ids, never a payload and never a secret. */
export interface TickJob {
  readonly streamId: string
}
export interface RunJob {
  readonly runId: string
}
export interface SinkJob {
  readonly deliveryIds: readonly string[]
}

/** Queues by pool. */
export const fetchQueue = (pool: string): string => `fetch.${pool}`
export const sinkQueue = (pool: string): string => `sink.${pool}`
