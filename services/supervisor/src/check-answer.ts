import type { Adapter, JsonObject, LargePage, Page, Rec, RecordProblem, RequestFacts, ResponseFacts, Stream } from '@data-weaver/contracts'
import { documentId, toWeaverError } from '@data-weaver/contracts'
import { Redactor } from '@data-weaver/egress'
import { compileTransform } from '@data-weaver/transform'
import Type, { type Static } from 'typebox'

/** Records that are shown, and problems. */
const shown = 5
const mostProblems = 20
/** Records that are looked at of an answer that is too large to be held. */
const mostLookedAt = 1000
/** A record whose JSON is longer than this is named but not shown, characters. */
const longestRecord = 256 * 1024
/** What is shown of a page, characters. What follows is looked at as far as the longest secret may reach, in any encoding. */
const shownText = 64 * 1024
const lookAhead = 64 * 1024

const facts = { headers: Type.Record(Type.String(), Type.String()) }

export const CheckAnswer = Type.Object(
  {
    request: Type.Union([Type.Object({ method: Type.String(), url: Type.String(), ...facts }), Type.Null()], {
      description: 'What was asked, secrets redacted; null when the adapter had nothing to ask, or asked by a protocol without requests.',
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
    bytes: Type.Integer({ minimum: 0, description: 'Size of the answer; of one that is too large to be held what was read of it.' }),
    page: Type.Union(
      [
        Type.Object({
          contentType: Type.String({ description: 'As the source named it; empty when it did not.' }),
          text: Type.Union([Type.String(), Type.Null()], { description: 'Its beginning, secrets redacted; null when it is no text.' }),
          truncated: Type.Boolean({ description: `There is more: only the first ${shownText} characters are here.` }),
        }),
        Type.Null(),
      ],
      { description: 'The first page, or the first segment of a live connection; null when none came.' },
    ),
    recordCount: Type.Integer({
      minimum: 0,
      description: `Records in the answer; of one that is too large to be held the first ${mostLookedAt}.`,
    }),
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

/** A stream as far as its pages and documents depend on it. */
export type Tried = Pick<Stream, 'name' | 'adapter' | 'config' | 'transform'>

/** What was asked last and answered, where there is no page to say it. */
export interface Exchange {
  readonly request: RequestFacts
  readonly response: ResponseFacts
}

/** What is shown of the first page; without one, of the last exchange. Secrets are taken out: a source may send back what it was sent. */
export async function answerOf(
  adapter: Adapter,
  tried: Tried,
  page: Page | LargePage | undefined,
  last: Exchange | undefined,
  secrets: readonly string[],
): Promise<CheckAnswer> {
  const { request, response } = page ?? last ?? {}
  const seen: CheckAnswer = {
    request: request === undefined ? null : { method: request.method, url: request.url, headers: { ...request.headers } },
    response: response === undefined ? null : { ...response, headers: { ...response.headers } },
    bytes: 0,
    page: null,
    recordCount: 0,
    records: [],
    documents: [],
    problems: [],
  }
  const beginning = page === undefined ? undefined : await readRecords(adapter, tried, page, seen)
  const redactor = new Redactor(secrets)
  return { ...cleaned(seen, redactor), page: beginning === undefined ? null : beginningOf(beginning, seen.bytes, redactor) }
}

/** Without secrets in what came from outside. The names of the answer's own fields stay: a secret may be a word that is in one of them. */
function cleaned(seen: CheckAnswer, redactor: Redactor): CheckAnswer {
  const clean = <T>(value: T): T => redact(value, redactor) as T
  const { request, response } = seen
  return {
    ...seen,
    request: request === null ? null : { ...request, url: clean(request.url), headers: clean(request.headers) },
    response: response === null ? null : { ...response, headers: clean(response.headers) },
    records: seen.records.map(({ key, fields, deleted }) => ({ key: clean(key), fields: clean(fields), deleted })),
    documents: seen.documents.map(({ id, fields }) => ({ id: clean(id), fields: clean(fields) })),
    problems: seen.problems.map(({ record, problem }) => ({ record, problem: clean(problem) })),
  }
}

/** Looks at the records of a page. Answers the page, of one that is too large to be held its beginning. */
async function readRecords(adapter: Adapter, { name, config, transform }: Tried, page: Page | LargePage, seen: CheckAnswer): Promise<Page> {
  const { request, response } = page
  const compiled = compileTransform(transform)
  const note = (problem: string): void => {
    if (seen.problems.length < mostProblems) seen.problems.push({ record: seen.recordCount, problem })
  }
  const look = (record: Rec | RecordProblem): void => {
    if ('problem' in record) note(record.problem)
    else show(record, name, compiled, seen, note)
    seen.recordCount += 1
  }
  if ('body' in page) {
    seen.bytes = page.body.byteLength
    for (const record of adapter.records({ body: page.body, request, response }, config)) look(record)
    return page
  }
  const held: Uint8Array[] = []
  const counted = async function* () {
    for await (const piece of page.pieces) {
      if (seen.bytes < shownText + lookAhead) held.push(piece)
      seen.bytes += piece.byteLength
      yield piece
    }
  }
  for await (const record of adapter.largeRecords?.({ pieces: counted(), request, response }, config) ?? []) {
    look(record)
    if (seen.recordCount === mostLookedAt) break
  }
  return { request, response, body: Buffer.concat(held) }
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

function beginningOf({ body, response }: Page, bytes: number, redactor: Redactor): CheckAnswer['page'] {
  const text = textOf(body, bytes)
  const clean = text === null ? null : redactor.text(text)
  return {
    contentType: response.headers['content-type'] ?? '',
    text: clean?.slice(0, shownText) ?? null,
    truncated: clean !== null && (clean.length > shownText || bytes > shownText + lookAhead),
  }
}

/** The beginning of a page as text, null when it is none. A character that the cut goes through is left out. */
function textOf(body: Uint8Array, bytes: number): string | null {
  const beginning = body.subarray(0, shownText + lookAhead)
  if (beginning.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(beginning, { stream: beginning.byteLength < bytes })
  } catch {
    return null
  }
}

function redact(value: unknown, redactor: Redactor): unknown {
  if (typeof value === 'string') return redactor.text(value)
  if (Array.isArray(value)) return value.map((inner) => redact(inner, redactor))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [redactor.text(name), redact(inner, redactor)]))
}
