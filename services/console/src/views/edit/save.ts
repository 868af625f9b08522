import type { Client, operations } from '@data-weaver/client'
import type { CheckAnswer } from '../../api/resources.ts'
import type { Draft } from './draft.ts'

type Creation = operations['createStream']['requestBody']['content']['application/json']
type Change = operations['changeStream']['requestBody']['content']['application/json']

interface Drafted {
  readonly adapter: string
  readonly draft: Draft
  readonly secrets: Readonly<Record<string, string>>
}

interface Saving extends Drafted {
  /** Name of the stream if it is there already. */
  readonly made: string | undefined
}

const wholeOf = ({ draft, secrets }: Omit<Drafted, 'adapter'>): Draft => (Object.keys(secrets).length === 0 ? draft : { ...draft, secrets })

/** Tries what was typed. Nothing is saved. */
export async function checkDraft(client: Client, { adapter, ...typed }: Drafted): Promise<CheckAnswer> {
  return (await client.POST('/v1/check', { body: { ...wholeOf(typed), adapter } as unknown as Creation })).data
}

/** Tries a stream as if it were changed. */
export async function checkChange(client: Client, name: string, patch: object): Promise<CheckAnswer> {
  return (await client.POST('/v1/streams/{id}/check', { params: { path: { id: name } }, body: patch as Change })).data
}

/** Makes the stream, or changes the one that was made. The server judges what was typed. */
export async function saveStream(client: Client, { made, adapter, draft, secrets }: Saving): Promise<string> {
  const whole = wholeOf({ draft, secrets })
  if (made === undefined) {
    const { data } = await client.POST('/v1/streams', { body: { ...whole, adapter } as unknown as Creation })
    return data.name
  }
  const { name: _, ...patch } = whole as Draft & { readonly name?: unknown }
  await client.PATCH('/v1/streams/{id}', { params: { path: { id: made } }, body: patch as Change })
  return made
}

/** Changes what differs, and only if nobody else changed the stream meanwhile. */
export async function changeStream(client: Client, name: string, etag: string | undefined, patch: object): Promise<void> {
  const header = etag === undefined ? {} : { 'if-match': etag }
  await client.PATCH('/v1/streams/{id}', { params: { path: { id: name }, header }, body: patch as Change })
}

type Trial = operations['tryVersion']['requestBody']['content']['application/json']
export type TrialMode = Trial['mode']

/** Tries a change on ticks to come, and only if nobody else changed the stream meanwhile. */
export async function beginTrial(
  client: Client,
  name: string,
  etag: string | undefined,
  trial: Omit<Trial, 'change'> & { readonly change: object },
): Promise<void> {
  const header = etag === undefined ? {} : { 'if-match': etag }
  await client.POST('/v1/streams/{id}/canary', { params: { path: { id: name }, header }, body: trial as Trial })
}
