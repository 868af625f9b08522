import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { given } from './given.ts'
import { seldom, soon } from './paces.ts'

/** What was ordered, and how far it is. */
export const operationQueries = (client: Client) => ({
  /** The newest first. */
  operations: () =>
    infiniteQueryOptions({
      queryKey: ['operations'],
      queryFn: async ({ signal, pageParam }) => {
        const query = { limit: 50, ...given({ after: pageParam }) }
        return (await client.GET('/v1/operations', { signal, params: { query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 1 ? seldom : soon),
    }),

  /** Those of one stream that are not over. */
  openOperations: (stream: string) =>
    queryOptions({
      queryKey: ['stream', stream, 'operations'],
      queryFn: async ({ signal }) => (await client.GET('/v1/operations', { signal, params: { query: { stream, open: true } } })).data,
      refetchInterval: soon,
    }),

  /** Read again and again until it has ended. */
  operation: (id: string) =>
    queryOptions({
      queryKey: ['operation', id],
      queryFn: async ({ signal }) => (await client.GET('/v1/operations/{id}', { signal, params: { path: { id } } })).data,
      refetchInterval: ({ state }) => (state.data?.finishedAt ? false : 500),
    }),
})
