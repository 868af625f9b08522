import type { Parameter } from './paging.ts'

interface Sized {
  readonly into?: 'query' | 'body'
  readonly size?: { readonly parameter?: string; readonly value: number }
}

/** What asks for the size of a page. */
export const sizeParameters = ({ size, into = 'query' }: Sized): readonly Parameter[] =>
  size?.parameter === undefined ? [] : [{ name: size.parameter, value: size.value, into }]
