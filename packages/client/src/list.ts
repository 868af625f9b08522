import type { Client } from './client.ts'
import type { paths } from './gen/api.ts'

type Listed<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': { readonly items: readonly (infer I)[]; readonly next: string | null } } } } }
}
  ? I
  : never

/** Paths that answer `{"items": […], "next": …}`. */
export type ListPath = { [P in keyof paths]: [Listed<P>] extends [never] ? never : P }[keyof paths]
export type ItemOf<P extends ListPath> = Listed<P>

type Parameters<P extends ListPath> = paths[P] extends { get: { parameters: infer Q } } ? Q : never
type Part<Q, K extends string> = Q extends { readonly [key in K]?: infer V } ? V : never

export type ListQuery<P extends ListPath> = {
  readonly signal?: AbortSignal
  /** `limit` is the size of a page, `after` the `next` of an earlier one. */
  readonly query?: Part<Parameters<P>, 'query'>
} & ([Exclude<Part<Parameters<P>, 'path'>, undefined>] extends [never]
  ? unknown
  : { readonly path: Exclude<Part<Parameters<P>, 'path'>, undefined> })

interface Page<I> {
  readonly items: readonly I[]
  readonly next: string | null
}
type Get = (path: string, init: object) => Promise<{ readonly data: Page<unknown> }>

export async function* items<P extends ListPath>(client: Pick<Client, 'GET'>, path: P, options?: ListQuery<P>): AsyncGenerator<ItemOf<P>> {
  const { signal, query, path: inPath } = (options ?? {}) as { signal?: AbortSignal; query?: object; path?: object }
  const get = client.GET as unknown as Get
  let after: string | null | undefined
  do {
    const params = { ...(inPath === undefined ? {} : { path: inPath }), query: { ...query, ...(after === undefined ? {} : { after }) } }
    const { data } = await get(path, { params, ...(signal === undefined ? {} : { signal }) })
    yield* data.items as readonly ItemOf<P>[]
    after = data.next
  } while (after !== null)
}
