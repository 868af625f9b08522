import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { largestPage, seldom, soon } from './paces.ts'

/** Documents, and what was refused. */
export const documentQueries = (client: Client) => ({
  documents: (search: { readonly q?: string; readonly stream?: string }) =>
    infiniteQueryOptions({
      queryKey: ['documents', search],
      queryFn: async ({ signal, pageParam }) => {
        const query = { limit: 50, ...search, ...(pageParam === undefined ? {} : { after: pageParam }) }
        return (await client.GET('/v1/documents', { signal, params: { query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 1 ? false : soon),
    }),

  document: (id: string) =>
    queryOptions({
      queryKey: ['document', id],
      queryFn: async ({ signal }) => (await client.GET('/v1/documents/{id}', { signal, params: { path: { id } } })).data,
      refetchInterval: soon,
    }),

  deadLetters: (stream?: string) =>
    queryOptions({
      queryKey: ['deadLetters', stream],
      queryFn: async ({ signal }) => {
        const query = { limit: largestPage, ...(stream === undefined ? {} : { stream }) }
        return (await client.GET('/v1/dead-letters', { signal, params: { query } })).data
      },
      refetchInterval: seldom,
    }),
})
