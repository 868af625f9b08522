import type { Client } from '@data-weaver/client'
import type { ActionPreview, Operation, StreamAction, StreamFilter } from './resources.ts'

export type StopMode = 'interrupt' | 'drain'

export interface Act {
  readonly action: StreamAction
  readonly filter: StreamFilter
  readonly mode?: StopMode
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
