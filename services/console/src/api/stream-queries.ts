import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { previewOf } from './acts.ts'
import { given } from './given.ts'
import { largestPage, seldom, soon } from './paces.ts'
import type { StreamFilter, StreamOrder } from './resources.ts'

/** Runs that a strip shows. */
const stripLength = 30

/** Streams, one and many. */
export const streamQueries = (client: Client) => ({
  /** All streams, for choices; pages of up to 500. */
  streams: () =>
    infiniteQueryOptions({
      queryKey: ['streams'],
      queryFn: async ({ signal, pageParam }) => {
        const query = { limit: largestPage, ...(pageParam === undefined ? {} : { after: pageParam }) }
        return (await client.GET('/v1/streams', { signal, params: { query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: ({ state }) => ((state.data?.pages[0]?.items.length ?? 0) > 100 ? seldom : soon),
    }),

  /** Pages of streams that a filter finds, each stream with its last runs. Default order: by name. */
  streamPages: (filter: StreamFilter, { order, limit = 100 }: { readonly order?: StreamOrder | undefined; readonly limit?: number } = {}) =>
    infiniteQueryOptions({
      queryKey: ['streams', 'pages', filter, order, limit],
      queryFn: async ({ signal, pageParam }) => {
        const { q, adapter, desired, condition } = filter
        const query = { limit, runs: stripLength, ...given({ q, adapter, desired, condition, order, after: pageParam }) }
        return (await client.GET('/v1/streams', { signal, params: { query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? seldom : soon),
    }),

  /** How many streams a filter finds. */
  matched: (filter: StreamFilter) =>
    queryOptions({
      queryKey: ['streams', 'matched', filter],
      queryFn: ({ signal }) => previewOf(client, { action: 'trigger', filter }, signal),
      refetchInterval: seldom,
    }),

  stream: (id: string) =>
    queryOptions({
      queryKey: ['stream', id],
      queryFn: async ({ signal }) => {
        const { data, response } = await client.GET('/v1/streams/{id}', { signal, params: { path: { id } } })
        return { ...data, etag: response.headers.get('etag') ?? undefined }
      },
      refetchInterval: soon,
    }),
})
