import type { Client } from '@data-weaver/client'
import type {
  ActionPreview,
  BulkChange,
  DeadLetterWish,
  Operation,
  RedeliveryPreview,
  ReparseWish,
  StreamAction,
  StreamFilter,
} from './resources.ts'

export type StopMode = 'interrupt' | 'drain'

export interface Act {
  readonly action: StreamAction
  readonly filter: StreamFilter
  readonly mode?: StopMode
  readonly change?: BulkChange
  /** For `delete`: results and documents go as well. */
  readonly purge?: boolean
}

/** Counts what an act would touch, and touches nothing. */
export async function previewOf(client: Client, act: Act, signal: AbortSignal): Promise<ActionPreview> {
  const { data } = await client.POST('/v1/streams/actions', { body: { ...act, dryRun: true }, signal })
  return data as ActionPreview
}

/** Has the act written down; the operation tells how far it is. The same key does it once, however often it is sent. */
export async function order(client: Client, act: Act, key: string): Promise<Operation> {
  const { data } = await client.POST('/v1/streams/actions', { body: act, params: { header: { 'idempotency-key': key } } })
  return data as Operation
}

/** What is done to dead letters: delivered again, or left out for good. */
export const letterActs = ['redrive', 'discard'] as const
export type LetterAct = (typeof letterActs)[number]

export async function previewOfLetters(
  client: Client,
  act: LetterAct,
  wish: DeadLetterWish,
  signal: AbortSignal,
): Promise<RedeliveryPreview> {
  const { data } = await client.POST(`/v1/dead-letters/${act}`, { body: { ...wish, dryRun: true }, signal })
  return data as RedeliveryPreview
}

export async function orderLetters(client: Client, act: LetterAct, wish: DeadLetterWish, key: string): Promise<Operation> {
  const { data } = await client.POST(`/v1/dead-letters/${act}`, { body: wish, params: { header: { 'idempotency-key': key } } })
  return data as Operation
}

export async function previewOfReparse(client: Client, stream: string, wish: ReparseWish, signal: AbortSignal): Promise<RedeliveryPreview> {
  const { data } = await client.POST('/v1/streams/{id}/reparse', {
    params: { path: { id: stream } },
    body: { ...wish, dryRun: true },
    signal,
  })
  return data as RedeliveryPreview
}

export async function orderReparse(client: Client, stream: string, wish: ReparseWish, key: string): Promise<Operation> {
  const { data } = await client.POST('/v1/streams/{id}/reparse', {
    params: { path: { id: stream }, header: { 'idempotency-key': key } },
    body: wish,
  })
  return data as Operation
}
