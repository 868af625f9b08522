import createFetchClient, {
  type Client as FetchClient,
  type ClientPathsWithMethod,
  type FetchResponse,
  type MaybeOptionalInit,
  type ParseAs,
} from 'openapi-fetch'
import { ApiError } from './error.ts'
import { type EventOptions, type ApiEvent, followEvents } from './events.ts'
import type { paths } from './gen/api.ts'
import { items, type ItemOf, type ListPath, type ListQuery } from './list.ts'
import { followLive, type LiveMessage, type LiveOptions } from './live.ts'

type Media = `${string}/${string}`
type Fetcher = FetchClient<paths, Media>
type Method = 'get' | 'post' | 'patch' | 'put' | 'delete'
type Path<M extends Method> = ClientPathsWithMethod<Fetcher, M>
// A call needs its second argument exactly when the operation has something that must be given.
type Init<I> = undefined extends I ? [init?: I] : [init: I]
type Parsed<O, I> = O extends Record<string | number, unknown> ? Extract<FetchResponse<O, I, Media>, { error?: never }>['data'] : never
// Taken from the types as they are: what the fetch client makes of them breaks read-only lists.
type Body<R> = R extends { readonly content: infer C } ? C[keyof C] : undefined
type Json<O> = O extends { readonly responses: infer R } ? Body<R[keyof R & (200 | 201 | 202 | 204)]> : never
type Data<O, I> = I extends { readonly parseAs: Exclude<ParseAs, 'json'> } ? Parsed<O, I> : Json<O>

/** The answer of a successful call. */
export interface Answer<D> {
  /** The body; undefined where the operation answers none. */
  readonly data: D
  /** For its status and headers (`etag`, `location`). */
  readonly response: Response
}

/**
 * Calls an operation by its path, as in docs/openapi.json; parameters are `params: { path, query, header }`, the body is `body`.
 * @throws ApiError for every answer that is no success; what `fetch` throws when there is no answer.
 */
export type Call<M extends Method> = <P extends Path<M>, I extends MaybeOptionalInit<paths[P], M>>(
  path: P,
  ...init: Init<I>
) => Promise<Answer<M extends keyof paths[P] ? Data<paths[P][M], I> : never>>

export interface ClientOptions {
  /** Where the API is, `https://weaver.example`. Default: where the page came from. */
  readonly baseUrl?: string
  /** The bearer token. Without it a browser's session cookie is used, see POST /v1/session. */
  readonly token?: string
  /** Default: the global one. */
  readonly fetch?: (request: Request) => Promise<Response>
}

export interface Client {
  readonly GET: Call<'get'>
  readonly POST: Call<'post'>
  readonly PATCH: Call<'patch'>
  readonly PUT: Call<'put'>
  readonly DELETE: Call<'delete'>
  /** All items of a list, page after page, each asked for when it is needed. */
  list<P extends ListPath>(path: P, options?: ListQuery<P>): AsyncIterable<ItemOf<P>>
  /** What happens, as it happens; after a lost connection it goes on behind the last event. */
  events(options?: EventOptions): AsyncIterable<ApiEvent>
  /** New and changed documents, as they arrive; after a lost connection it goes on behind the last one. */
  live(options?: LiveOptions): AsyncIterable<LiveMessage>
}

/** What the other parts of the client need to ask for something themselves. */
export interface Connection {
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: (request: Request) => Promise<Response>
}

/** Makes a client of the API. It holds nothing that would have to be closed. */
export function createClient({ baseUrl = '', token, fetch = (request) => globalThis.fetch(request) }: ClientOptions = {}): Client {
  // No other site can make a browser send this header, so with it a session's cookie is known to be used by the console itself.
  const headers = { 'x-weaver-client': '1', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
  const http = createFetchClient<paths>({ baseUrl, fetch, headers })
  http.use({
    onRequest({ params }) {
      // As a part of a path they lead elsewhere, however they are encoded.
      const astray = Object.values(params.path ?? {}).find((value) => value === '.' || value === '..')
      if (astray !== undefined)
        throw new ApiError(404, { code: 'not_found', title: 'There is no such thing', detail: `"${String(astray)}" is no id` })
    },
    async onResponse({ response }) {
      if (!response.ok) throw await ApiError.from(response)
    },
  })
  const connection: Connection = { baseUrl: baseUrl.replace(/\/+$/, ''), headers, fetch }
  const client: Client = {
    GET: http.GET as unknown as Call<'get'>,
    POST: http.POST as unknown as Call<'post'>,
    PATCH: http.PATCH as unknown as Call<'patch'>,
    PUT: http.PUT as unknown as Call<'put'>,
    DELETE: http.DELETE as unknown as Call<'delete'>,
    list: (path, options) => items(client, path, options),
    events: (options) => followEvents(connection, options),
    live: (options) => followLive(connection, options),
  }
  return client
}
