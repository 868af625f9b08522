import type { Client } from '@data-weaver/client'
import { queryOptions } from '@tanstack/react-query'
import { largestPage, soon } from './paces.ts'

/** Who is signed in, workers, adapters and budgets. */
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
})
