import type { Json } from '@data-weaver/contracts'
import { plainDecimal } from './decimal.ts'

/** An amount as documents have it: a number to compare and sort by, and a text with every digit that the source gave. */
export interface Amount {
  readonly number: number
  readonly text: string
}

/** @returns undefined for what is no decimal number. */
export function amount(written: string): Amount | undefined {
  const text = plainDecimal(written)
  if (text === undefined) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? { number, text } : undefined
}

/** `name` and `name_text`; both null where there is no amount, so that an amount of before does not stay in the document. */
export const amountFields = <N extends string>(name: N, value: Amount | undefined): Record<N | `${N}_text`, Json> =>
  ({ [name]: value?.number ?? null, [`${name}_text`]: value?.text ?? null }) as Record<N | `${N}_text`, Json>

/** The ISO 8601 time of Unix milliseconds; undefined for what is none. */
export function isoTime(milliseconds: Json | undefined): string | undefined {
  if (typeof milliseconds !== 'number') return undefined
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

/** The ISO 8601 time of Unix seconds; undefined for what is none. */
export const isoTimeOfSeconds = (seconds: Json | undefined): string | undefined =>
  typeof seconds === 'number' ? isoTime(seconds * 1000) : undefined
