import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { seldom, soon } from './paces.ts'
import type { RunState } from './resources.ts'

/** Runs of one stream and of all. */
export const runQueries = (client: Client) => ({
  /** The newest runs of a stream. */
  runs: (id: string, limit: number, state?: RunState) =>
    queryOptions({
      queryKey: ['stream', id, 'runs', { limit, state }],
      queryFn: async ({ signal }) => {
        const query = { limit, ...(state === undefined ? {} : { state: [state] }) }
        return (await client.GET('/v1/streams/{id}/runs', { signal, params: { path: { id }, query } })).data
      },
      refetchInterval: soon,
    }),

  /** Runs of a stream page after page. */
  allRuns: (id: string, state?: RunState) =>
    infiniteQueryOptions({
      queryKey: ['stream', id, 'allRuns', { state }],
      queryFn: async ({ signal, pageParam }) => {
        const query = {
          limit: 100,
          ...(state === undefined ? {} : { state: [state] }),
          ...(pageParam === undefined ? {} : { after: pageParam }),
        }
        return (await client.GET('/v1/streams/{id}/runs', { signal, params: { path: { id }, query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 3 ? false : soon),
    }),

  /** The newest runs of all streams. */
  newestRuns: (limit: number, state?: readonly RunState[]) =>
    queryOptions({
      queryKey: ['runs', { limit, state }],
      queryFn: async ({ signal }) => {
        const query = { limit, ...(state === undefined ? {} : { state: [...state] }) }
        return (await client.GET('/v1/runs', { signal, params: { query } })).data
      },
      refetchInterval: soon,
    }),

  run: (id: string) =>
    queryOptions({
      queryKey: ['run', id],
      queryFn: async ({ signal }) => (await client.GET('/v1/runs/{id}', { signal, params: { path: { id } } })).data,
      refetchInterval: ({ state }) => (state.data?.finishedAt ? seldom : 1000),
    }),
})
