import { WeaverError } from '@data-weaver/contracts'

/** Texts for one request. */
export interface Batch {
  readonly model: string
  readonly texts: readonly string[]
  /** Length that is asked of the model; undefined: its own. */
  readonly dimensions?: number | undefined
}

export interface RefusedText {
  readonly refused: string
}

/** For each text its vector, or why there never is one. */
export type BatchAnswer = readonly (readonly number[] | RefusedText)[]

/** The vectors in the order of the texts. @throws WeaverError `sink_unavailable` when the answer is not that of such an endpoint */
export function readAnswer(body: string, { texts }: Batch): BatchAnswer {
  const data = entriesOf(body)
  const vectors: (readonly number[])[] = []
  for (const entry of data) {
    const { index, embedding } = (entry ?? {}) as { index?: unknown; embedding?: unknown }
    if (!Number.isInteger(index) || !isVector(embedding)) throw unavailable('answered with something that is no list of vectors')
    vectors[index as number] = embedding
  }
  if (data.length !== texts.length || vectors.length !== texts.length || vectors.includes(undefined as never))
    throw unavailable(`answered with ${data.length} vectors to ${texts.length} texts`)
  return vectors
}

function entriesOf(body: string): readonly unknown[] {
  let data: unknown
  try {
    data = (JSON.parse(body) as { data?: unknown } | null)?.data
  } catch {
    throw unavailable('answered with something that is no JSON')
  }
  if (!Array.isArray(data)) throw unavailable('answered without a list of vectors')
  return data
}

const isVector = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'number' && Number.isFinite(each))

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `1s`, `6m0s`, `20ms` in milliseconds; undefined for anything else. */
export function readReset(value: string | readonly string[] | undefined): number | undefined {
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(value)) return undefined
  let sum = 0
  for (const [, number, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) sum += Number(number) * (units[unit ?? ''] ?? 0)
  return sum
}

export const unavailable = (problem: string): WeaverError => new WeaverError('sink_unavailable', `the embedding endpoint ${problem}`)
