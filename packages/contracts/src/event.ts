import Type, { type Static } from 'typebox'

/** Sent for each committed result. Its shape is fixed. */
export const ResultEvent = Type.Object(
  {
    adapter: Type.String({ description: 'Name of the stream.', examples: ['IQAIR_DAILY'] }),
    payload: Type.Object({
      id: Type.String({ format: 'uuid', description: 'The result.' }),
      filename: Type.String({ description: '`<bucket>/<run>/<result>.json`, the key in the object store.' }),
    }),
    timestamp: Type.String({ description: 'Unix seconds.', examples: ['1646496980'] }),
  },
  { $id: 'ResultEvent' },
)
export type ResultEvent = Static<typeof ResultEvent>

export const resultEventName = 'data-streams:results'
export const workerAvailableEventName = 'data-streams:worker_available'

/** Sent by a worker that is up and has nothing to run. */
export const WorkerAvailableEvent = Type.Object(
  { worker: Type.String(), host: Type.String(), pools: Type.Array(Type.String()), timestamp: Type.String() },
  { $id: 'WorkerAvailableEvent' },
)
export type WorkerAvailableEvent = Static<typeof WorkerAvailableEvent>
