import type { Client } from '@data-weaver/client'
import { queryOptions } from '@tanstack/react-query'
import { seldom, soon } from './paces.ts'

/** Pages that runs stored, and their bytes. */
export const resultQueries = (client: Client) => ({
  results: (stream: string, run: string) =>
    queryOptions({
      queryKey: ['run', run, 'results'],
      queryFn: async ({ signal }) =>
        (await client.GET('/v1/streams/{id}/results', { signal, params: { path: { id: stream }, query: { run, limit: 100 } } })).data,
      refetchInterval: soon,
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
