import { adapter as adapterById } from '@data-weaver/adapters'
import {
  type Adapter,
  type Clock,
  documentId,
  type JsonObject,
  type Page,
  type Rec,
  type Stream,
  toWeaverError,
  WeaverError,
} from '@data-weaver/contracts'
import { compileTransform } from '@data-weaver/transform'
import Type, { type Static } from 'typebox'
import { type SupervisorParts, tenant } from './parts.ts'

/** Longest time of a check, milliseconds. */
const checkMs = 15_000
/** Records that are shown, and problems. */
const shown = 5
const mostProblems = 20
/** A record whose JSON is longer than this is named but not shown, characters. */
const longestRecord = 256 * 1024

const facts = { headers: Type.Record(Type.String(), Type.String()) }

export const CheckAnswer = Type.Object(
  {
    request: Type.Union([Type.Object({ method: Type.String(), url: Type.String(), ...facts }), Type.Null()], {
      description: 'What was asked, secrets redacted; null when the adapter had nothing to ask.',
    }),
    response: Type.Union(
      [
        Type.Object({ status: Type.Integer(), ...facts, receivedAt: Type.String({ format: 'date-time' }), durationMs: Type.Number() }),
        Type.Null(),
      ],
      {
        description: 'What was answered, secrets redacted.',
      },
    ),
    bytes: Type.Integer({ minimum: 0, description: 'Size of the answer.' }),
    recordCount: Type.Integer({ minimum: 0, description: 'Records in the answer.' }),
    records: Type.Array(
      Type.Object({ key: Type.Array(Type.Union([Type.String(), Type.Number()])), fields: Type.Unknown(), deleted: Type.Boolean() }),
      {
        description: `The first ${shown} records as they came.`,
      },
    ),
    documents: Type.Array(Type.Object({ id: Type.String(), fields: Type.Unknown() }), { description: 'What the transform makes of them.' }),
    problems: Type.Array(
      Type.Object({ record: Type.Integer({ minimum: 0, description: 'Index of the record in the answer.' }), problem: Type.String() }),
      {
        description: `Records that would become dead letters, the first ${mostProblems}.`,
      },
    ),
  },
  { $id: 'CheckAnswer' },
)
export type CheckAnswer = Static<typeof CheckAnswer>

type CheckParts = Pick<SupervisorParts, 'ledger' | 'vault' | 'egress' | 'clock' | 'log'>

/**
 * Asks the source once, as a first run would (without a checkpoint), and shows what comes of it. Stores and commits nothing.
 * @throws WeaverError what the source or the way to it is at fault for, with its code; `source_timeout` after 15 s.
 */
export async function checkStream(parts: CheckParts, stream: Stream, signal: AbortSignal): Promise<CheckAnswer> {
  const { ledger, vault, egress, clock, log } = parts
  const adapter = adapterById(stream.adapter)
  const sealed = await ledger.streams.sealedSecrets(stream.id)
  const secrets = new Map(Object.entries(sealed).map(([name, text]) => [name, vault.open({ tenant, streamId: stream.id, name }, text)]))
  const limit = timeLimit(clock, signal)
  try {
    const context = {
      config: stream.config,
      cursor: null,
      http: egress.http({ signal: limit.signal, secrets: [...secrets.values()], log }),
      clock,
      secret(name: string): string {
        const value = secrets.get(name)
        if (value !== undefined) return value
        throw new WeaverError('missing_secret', `the stream has no secret "${name}"`, {
          errors: [{ field: `secrets.${name}`, problem: 'is missing' }],
        })
      },
      hasSecret: (name: string) => secrets.has(name),
      log,
      signal: limit.signal,
      drain: limit.signal,
    }
    const page = await firstOf(adapter.pages(context), limit.signal)
    return withoutSecrets(answerOf(adapter, stream, page), [...secrets.values()])
  } catch (thrown) {
    throw toWeaverError(limit.signal.aborted ? limit.signal.reason : thrown)
  } finally {
    limit.end()
  }
}

function timeLimit(clock: Clock, outer: AbortSignal): { signal: AbortSignal; end(): void } {
  const late = new AbortController()
  const over = new AbortController()
  clock.sleep(checkMs, over.signal).then(
    () => late.abort(new WeaverError('source_timeout', `the source did not give a first page within ${checkMs} ms`)),
    () => {},
  )
  return { signal: AbortSignal.any([late.signal, outer]), end: () => over.abort() }
}

/** The first page, or undefined where there is none; does not wait for an adapter that does not heed the signal. */
async function firstOf(pages: AsyncIterable<Page>, signal: AbortSignal): Promise<Page | undefined> {
  const iterator = pages[Symbol.asyncIterator]()
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    signal.throwIfAborted()
    const first = await Promise.race([iterator.next(), aborted.promise])
    return first.done === true ? undefined : first.value
  } finally {
    signal.removeEventListener('abort', onAbort)
    // Ends the adapter where it stands; what it says about that is of no interest any more.
    iterator.return?.().catch(() => {})
  }
}

function answerOf(adapter: Adapter, stream: Stream, page: Page | undefined): CheckAnswer {
  const answer = { request: null, response: null, bytes: 0, recordCount: 0, records: [], documents: [], problems: [] } satisfies CheckAnswer
  if (page === undefined) return answer
  const { body, request, response } = page
  const seen: CheckAnswer = {
    ...answer,
    request: { ...request, headers: { ...request.headers } },
    response: { ...response, headers: { ...response.headers } },
    bytes: body.byteLength,
  }
  const transform = compileTransform(stream.transform)
  const note = (problem: string): void => {
    if (seen.problems.length < mostProblems) seen.problems.push({ record: seen.recordCount, problem })
  }
  for (const record of adapter.records({ body, request, response }, stream.config)) {
    if ('problem' in record) note(record.problem)
    else show(record, stream.name, transform, seen, note)
    seen.recordCount += 1
  }
  return seen
}

function show(
  record: Rec,
  stream: string,
  transform: (fields: JsonObject) => JsonObject,
  seen: CheckAnswer,
  note: (problem: string) => void,
): void {
  const { key, fields, deleted = false } = record
  const visible = seen.records.length < shown
  const tooLong = visible && JSON.stringify(fields).length > longestRecord
  if (visible) seen.records.push({ key: [...key], fields: tooLong ? null : fields, deleted })
  if (tooLong) note(`is longer than ${longestRecord} characters and is not shown`)
  if (deleted) return
  try {
    const document = transform(fields)
    if (visible && !tooLong) seen.documents.push({ id: documentId(stream, key), fields: document })
  } catch (error) {
    note(toWeaverError(error).message)
  }
}

/** A source may send back what it was sent. */
function withoutSecrets(answer: CheckAnswer, secrets: readonly string[]): CheckAnswer {
  if (secrets.length === 0) return answer
  const clean = (text: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [clean(name), walk(inner)]))
  }
  return walk(answer) as CheckAnswer
}
