import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  type Adapter,
  documentId,
  type Json,
  type JsonObject,
  parse,
  type StoredPage,
  toWeaverError,
  Transform,
  WeaverError,
} from '@data-weaver/contracts'
import { compileTransform } from '@data-weaver/transform'
import Type, { type Static } from 'typebox'
import { parseConfig } from '../config.ts'

// A fixture is a recorded page: `<name>.page.json` says what was asked and answered, with the configuration, and names the file of the
// body. What comes of it is `<name>.golden.json`.

const strict = { additionalProperties: false } as const
const headers = Type.Record(Type.String(), Type.String(), { description: 'By lower-case name, without secrets.' })

/** What is in a `<name>.page.json`. */
export const RecordedPage = Type.Object(
  {
    config: Type.Record(Type.String(), Type.Unknown(), { description: 'The configuration that was run.' }),
    secretNames: Type.Array(Type.String(), { description: 'The secrets that it had. Their values are nowhere.' }),
    stream: Type.Optional(Type.String({ description: 'What the ids of the documents begin with. Default: the id of the adapter.' })),
    transform: Type.Optional(Transform),
    request: Type.Object({ method: Type.String(), url: Type.String(), headers }, strict),
    response: Type.Object(
      { status: Type.Integer(), headers, receivedAt: Type.String({ format: 'date-time' }), durationMs: Type.Number() },
      strict,
    ),
    body: Type.String({ pattern: '^[^/\\\\]+$', description: 'File beside this one with the body, byte for byte.' }),
  },
  strict,
)
export type RecordedPage = Static<typeof RecordedPage>

/** One thing that comes of a page: a document, the end of one, or a record that cannot become one. */
export type Outcome =
  | { readonly id: string; readonly fields: JsonObject }
  | { readonly id: string; readonly deleted: true }
  | { readonly problem: string }

export interface Fixture {
  readonly name: string
  readonly recorded: RecordedPage
  readonly body: Uint8Array
  /** What should come of it; undefined when nobody has said so yet. */
  readonly golden: readonly Outcome[] | undefined
}

const pageSuffix = '.page.json'
const goldenPath = (folder: string, name: string): string => join(folder, `${name}.golden.json`)

/**
 * The recorded pages of a folder, by name. None when the folder is not there.
 * @throws WeaverError `invalid_request` naming the file that cannot be read and what is wrong with it.
 */
export async function readFixtures(folder: string): Promise<Fixture[]> {
  const names = (await filesOf(folder)).filter((file) => file.endsWith(pageSuffix)).map((file) => file.slice(0, -pageSuffix.length))
  return await Promise.all(names.toSorted().map((name) => readFixture(folder, name)))
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function readFixture(folder: string, name: string): Promise<Fixture> {
  const path = join(folder, `${name}${pageSuffix}`)
  const recorded = parse(RecordedPage, await readJson(path), 'invalid_request', path)
  const golden = await readJson(goldenPath(folder, name), true)
  const bodyPath = join(folder, recorded.body)
  const body = await readFile(bodyPath).catch((cause: unknown) => {
    throw unreadable(bodyPath, 'cannot be read', `${path} names it as its body.`, cause)
  })
  if (golden !== undefined && !isGolden(golden))
    throw unreadable(goldenPath(folder, name), 'has no list `documents`', 'Write it anew with --update.')
  return { name, recorded, body, golden: golden?.documents }
}

const isGolden = (value: unknown): value is { readonly documents: readonly Outcome[] } =>
  typeof value === 'object' && value !== null && 'documents' in value && Array.isArray(value.documents)

async function readJson(path: string, optional = false): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown
  } catch (cause) {
    if (optional && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(path, cause instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read', 'Record it anew, or delete it.', cause)
  }
}

const unreadable = (field: string, problem: string, hint: string, cause?: unknown): WeaverError =>
  new WeaverError('invalid_request', `${field} ${problem}`, { errors: [{ field, problem, hint }], cause })

/**
 * What comes of a recorded page: its records, read and transformed as a sink job does it.
 * @throws WeaverError what the configuration or the page is at fault for
 */
export function outcomesOf(adapter: Adapter, { recorded, body }: Pick<Fixture, 'recorded' | 'body'>): Outcome[] {
  const { config, secretNames, stream = adapter.id, transform = null, request, response } = recorded
  const page: StoredPage = { body, request, response }
  const compiled = compileTransform(transform)
  const parsed = parseConfig(adapter, config, secretNames)
  return Array.from(adapter.records(page, parsed as never), (record): Outcome => {
    if ('problem' in record) return { problem: record.problem }
    const id = documentId(stream, record.key)
    if (record.deleted === true) return { id, deleted: true }
    try {
      // As a sink writes it: what JSON cannot say is lost on the way.
      return JSON.parse(JSON.stringify({ id, fields: compiled(record.fields) })) as Outcome
    } catch (error) {
      return { problem: toWeaverError(error).message }
    }
  })
}

/** Writes down what comes of a page as what should come of it. */
export async function writeGolden(folder: string, name: string, outcomes: readonly Outcome[]): Promise<void> {
  await writeFile(goldenPath(folder, name), `${JSON.stringify({ documents: outcomes }, null, 2)}\n`)
}

/** Differences that are listed; of more, only how many. */
const mostDifferences = 10

/** Where what came differs from what should come, a line each: `documents[2].fields.price: expected 10, got 11`. */
export function differences(golden: readonly Outcome[], came: readonly Outcome[]): string[] {
  const all = [...differing('documents', golden, came)]
  return all.length <= mostDifferences ? all : [...all.slice(0, mostDifferences), `and ${all.length - mostDifferences} more`]
}

function* differing(path: string, expected: Json | undefined, came: Json | undefined): Generator<string> {
  if (isDeepStrictEqual(expected, came)) return
  if (Array.isArray(expected) && Array.isArray(came)) {
    const length = Math.max(expected.length, came.length)
    for (let index = 0; index < length; index += 1) yield* differing(`${path}[${index}]`, expected[index], came[index])
    return
  }
  if (isObject(expected) && isObject(came)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(came)]))
      yield* differing(`${path}.${name}`, expected[name], came[name])
    return
  }
  yield `${path}: expected ${shown(expected)}, got ${shown(came)}`
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Longest value that is shown in a difference, characters. */
const longestShown = 120

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length <= longestShown ? text : `${text.slice(0, longestShown).toWellFormed()}…`
}
