import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { largestPage, seldom, soon } from './paces.ts'

/** Of one stream: its versions, its ticks, and how far its sinks are. */
export const streamPastQueries = (client: Client) => ({
  sinks: (id: string) =>
    queryOptions({
      queryKey: ['stream', id, 'sinks'],
      queryFn: async ({ signal }) => (await client.GET('/v1/streams/{id}/sinks', { signal, params: { path: { id } } })).data,
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
