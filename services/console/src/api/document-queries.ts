import type { Client, paths, operations } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { given } from './given.ts'
import { seldom, soon } from './paces.ts'

export type DocumentSearch = Omit<NonNullable<operations['searchDocuments']['parameters']['query']>, 'limit' | 'after'>

/** Documents, and what was refused. */
export const documentQueries = (client: Client) => ({
  documents: (search: DocumentSearch) =>
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

  /** By cause: complete counts, whatever there is. */
  deadLetterGroups: (of: { readonly stream?: string | undefined; readonly state: DeadLetterState }) =>
    infiniteQueryOptions({
      queryKey: ['deadLetters', 'groups', of],
      queryFn: async ({ signal, pageParam }) => {
        const query = { limit: 100, ...given({ ...of, after: pageParam }) }
        return (await client.GET('/v1/dead-letters/groups', { signal, params: { query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: seldom,
    }),

  /** Those of one cause, the newest first. */
  deadLetters: (of: DeadLetterCause) =>
    infiniteQueryOptions({
      queryKey: ['deadLetters', of],
      queryFn: async ({ signal, pageParam }) => {
        const query = { limit: 50, ...given({ ...of, after: pageParam }) }
        return (await client.GET('/v1/dead-letters', { signal, params: { query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: seldom,
    }),
})

export type DeadLetterState = NonNullable<NonNullable<paths['/v1/dead-letters']['get']['parameters']['query']>['state']>

export interface DeadLetterCause {
  readonly stream: string
  readonly sink: string
  readonly code: string
  readonly state: DeadLetterState
}
