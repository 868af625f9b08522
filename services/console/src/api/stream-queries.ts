import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { largestPage, seldom, soon } from './paces.ts'

/** Streams, their versions and ticks. */
export const streamQueries = (client: Client) => ({
  /** Pages of up to 500; the views ask for the next one until there is none. */
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

  stream: (id: string) =>
    queryOptions({
      queryKey: ['stream', id],
      queryFn: async ({ signal }) => {
        const { data, response } = await client.GET('/v1/streams/{id}', { signal, params: { path: { id } } })
        return { ...data, etag: response.headers.get('etag') ?? undefined }
      },
      refetchInterval: soon,
    }),

  versions: (id: string) =>
    queryOptions({
      queryKey: ['stream', id, 'versions'],
      queryFn: async ({ signal }) =>
        (await client.GET('/v1/streams/{id}/versions', { signal, params: { path: { id }, query: { limit: largestPage } } })).data,
      refetchInterval: seldom,
    }),

  diff: (id: string, from: number, to: number) =>
    queryOptions({
      queryKey: ['stream', id, 'diff', from, to],
      queryFn: async ({ signal }) =>
        (await client.GET('/v1/streams/{id}/diff', { signal, params: { path: { id }, query: { from, to } } })).data,
      staleTime: Number.POSITIVE_INFINITY,
    }),

  /** The ticks of one stretch of time, the newest first. */
  ticks: (id: string, since: string, until: string) =>
    infiniteQueryOptions({
      queryKey: ['stream', id, 'ticks', since, until],
      queryFn: async ({ signal, pageParam }) => {
        const query = { limit: largestPage, since, until, ...(pageParam === undefined ? {} : { after: pageParam }) }
        return (await client.GET('/v1/streams/{id}/ticks', { signal, params: { path: { id }, query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: seldom,
    }),
})
