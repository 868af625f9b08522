import type { Client } from '@data-weaver/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { RunState } from './resources.ts'

/** How often what is seen is read again, milliseconds. Events of the server make it sooner. */
const soon = 3000
const seldom = 10_000
/** Largest page that the API gives. */
const largestPage = 500

export const queries = (client: Client) => ({
  session: () =>
    queryOptions({
      queryKey: ['session'],
      queryFn: async ({ signal }) => (await client.GET('/v1/session', { signal })).data,
      staleTime: 60_000,
    }),

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

  /** The newest runs of a stream. */
  runs: (id: string, limit: number, state?: RunState) =>
    queryOptions({
      queryKey: ['stream', id, 'runs', { limit, state }],
      queryFn: async ({ signal }) => {
        const query = { limit, ...(state === undefined ? {} : { state: [state] }) }
        return (await client.GET('/v1/streams/{id}/runs', { signal, params: { path: { id }, query } })).data
      },
      refetchInterval: soon,
    }),

  /** Runs of a stream page after page. */
  allRuns: (id: string, state?: RunState) =>
    infiniteQueryOptions({
      queryKey: ['stream', id, 'allRuns', { state }],
      queryFn: async ({ signal, pageParam }) => {
        const query = {
          limit: 100,
          ...(state === undefined ? {} : { state: [state] }),
          ...(pageParam === undefined ? {} : { after: pageParam }),
        }
        return (await client.GET('/v1/streams/{id}/runs', { signal, params: { path: { id }, query } })).data
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (page) => page.next ?? undefined,
      refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 0) > 3 ? false : soon),
    }),

  run: (id: string) =>
    queryOptions({
      queryKey: ['run', id],
      queryFn: async ({ signal }) => (await client.GET('/v1/runs/{id}', { signal, params: { path: { id } } })).data,
      refetchInterval: ({ state }) => (state.data?.finishedAt == null ? 1000 : seldom),
    }),

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

  /** The newest runs of all streams. */
  newestRuns: (limit: number, state?: readonly RunState[]) =>
    queryOptions({
      queryKey: ['runs', { limit, state }],
      queryFn: async ({ signal }) => {
        const query = { limit, ...(state === undefined ? {} : { state: [...state] }) }
        return (await client.GET('/v1/runs', { signal, params: { query } })).data
      },
      refetchInterval: soon,
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

  diff: (id: string, from: number, to: number) =>
    queryOptions({
      queryKey: ['stream', id, 'diff', from, to],
      queryFn: async ({ signal }) =>
        (await client.GET('/v1/streams/{id}/diff', { signal, params: { path: { id }, query: { from, to } } })).data,
      staleTime: Number.POSITIVE_INFINITY,
    }),

  budgets: () =>
    queryOptions({
      queryKey: ['budgets'],
      queryFn: async ({ signal }) => (await client.GET('/v1/budgets', { signal, params: { query: { limit: largestPage } } })).data,
      refetchInterval: soon,
    }),

  /** Read again and again until it has ended. */
  operation: (id: string) =>
    queryOptions({
      queryKey: ['operation', id],
      queryFn: async ({ signal }) => (await client.GET('/v1/operations/{id}', { signal, params: { path: { id } } })).data,
      refetchInterval: ({ state }) => (state.data?.finishedAt == null ? 500 : false),
    }),
})
