import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { given } from './given.ts'
import { largestPage, seldom, soon } from './paces.ts'

/** Who is signed in, workers, adapters, budgets and operations. */
export const fleetQueries = (client: Client) => ({
  session: () =>
    queryOptions({
      queryKey: ['session'],
      queryFn: async ({ signal }) => (await client.GET('/v1/session', { signal })).data,
      staleTime: 60_000,
    }),

  workers: () =>
    queryOptions({
      queryKey: ['workers'],
      queryFn: async ({ signal }) => (await client.GET('/v1/workers', { signal, params: { query: { limit: largestPage } } })).data,
      refetchInterval: soon,
    }),

  adapters: () =>
    queryOptions({
      queryKey: ['adapters'],
      queryFn: async ({ signal }) => (await client.GET('/v1/adapters', { signal, params: { query: { limit: largestPage } } })).data,
      staleTime: 300_000,
    }),

  adapter: (id: string) =>
    queryOptions({
      queryKey: ['adapter', id],
      queryFn: async ({ signal }) => (await client.GET('/v1/adapters/{id}', { signal, params: { path: { id } } })).data,
      staleTime: 300_000,
    }),

  budgets: () =>
    queryOptions({
      queryKey: ['budgets'],
      queryFn: async ({ signal }) => (await client.GET('/v1/budgets', { signal, params: { query: { limit: largestPage } } })).data,
      refetchInterval: soon,
    }),

  overview: () =>
    queryOptions({
      queryKey: ['overview'],
      queryFn: async ({ signal }) => (await client.GET('/v1/overview', { signal })).data,
      refetchInterval: soon,
    }),

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

  /** Read again and again until it has ended. */
  operation: (id: string) =>
    queryOptions({
      queryKey: ['operation', id],
      queryFn: async ({ signal }) => (await client.GET('/v1/operations/{id}', { signal, params: { path: { id } } })).data,
      refetchInterval: ({ state }) => (state.data?.finishedAt ? false : 500),
    }),
})
