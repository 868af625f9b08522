import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { given } from './given.ts'
import { seldom, soon } from './paces.ts'

/** Pages that runs stored, and their bytes. */
export const resultQueries = (client: Client) => ({
  /** In order, each with its deliveries. */
  resultsOfRun: (run: string) =>
    infiniteQueryOptions({
      queryKey: ['run', run, 'results'],
      queryFn: async ({ signal, pageParam }) => {
        const query = { limit: 100, ...given({ after: pageParam }) }
        return (await client.GET('/v1/runs/{id}/results', { signal, params: { path: { id: run }, query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 3 ? false : soon),
    }),

  /** What was said of a run, the first lines first. */
  runLog: (run: string) =>
    infiniteQueryOptions({
      queryKey: ['run', run, 'log'],
      queryFn: async ({ signal, pageParam }) => {
        const query = { limit: 100, ...given({ after: pageParam }) }
        return (await client.GET('/v1/runs/{id}/log', { signal, params: { path: { id: run }, query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 3 ? false : soon),
    }),

  result: (id: string) =>
    queryOptions({
      queryKey: ['result', id],
      queryFn: async ({ signal }) => (await client.GET('/v1/results/{id}', { signal, params: { path: { id } } })).data,
      refetchInterval: seldom,
    }),

  /** The raw bytes. They never change, so they are asked for once. */
  body: (id: string) =>
    queryOptions({
      queryKey: ['result', id, 'body'],
      queryFn: async ({ signal }) => {
        const { response } = await client.GET('/v1/results/{id}/body', { signal, params: { path: { id } }, parseAs: 'stream' })
        return new Uint8Array(await response.arrayBuffer())
      },
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 60_000,
    }),
})
