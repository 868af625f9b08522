import type { Json, JsonObject } from '@data-weaver/contracts'

/** What a field of documents is best stored as. */
export interface FieldGuess {
  readonly type: string
  /** Statements of the field, a line each. */
  readonly statements: readonly string[]
}

type Kind = 'text' | 'whole' | 'number' | 'bool' | 'list' | 'object'

/** Shortest list of numbers that is taken for a vector, when all documents have as many. */
const shortestVector = 16

const keyword: FieldGuess = { type: 'string', statements: ['indexing: summary | attribute', 'attribute: fast-search'] }
const prose: FieldGuess = { type: 'string', statements: ['indexing: summary | index', 'index: enable-bm25'] }
const shown: FieldGuess = { type: 'string', statements: ['indexing: summary'] }
const attribute = (type: string): FieldGuess => ({ type, statements: ['indexing: summary | attribute'] })
const searched = (type: string): FieldGuess => ({ type, statements: ['indexing: summary | attribute', 'attribute: fast-search'] })

/** What values of one field are best stored as; a text that says why they cannot be. Null and missing values say nothing. */
export function guessField(values: readonly (Json | undefined)[]): FieldGuess | string {
  const present = values.filter((value) => value !== null && value !== undefined)
  if (present.length === 0) return 'has no values to tell its type by'
  const kind = kindOf(present)
  switch (kind) {
    case undefined:
      return 'has values of different kinds'
    case 'bool':
      return attribute('bool')
    case 'whole':
      return searched('long')
    case 'number':
      return searched('double')
    case 'text':
      return guessText(present as readonly string[])
    case 'list':
      return guessList(present as readonly (readonly Json[])[])
    case 'object':
      return guessObject(present as readonly JsonObject[])
  }
}

/** The kind that all have; whole numbers among others are numbers. */
function kindOf(values: readonly Json[]): Kind | undefined {
  const kinds = new Set(
    values.map((value): Kind => {
      if (typeof value === 'string') return 'text'
      if (typeof value === 'number') return Number.isSafeInteger(value) ? 'whole' : 'number'
      if (typeof value === 'boolean') return 'bool'
      return Array.isArray(value) ? 'list' : 'object'
    }),
  )
  if (kinds.has('number')) kinds.delete('whole')
  return kinds.size === 1 ? [...kinds][0] : undefined
}

function guessText(values: readonly string[]): FieldGuess {
  if (values.every((value) => /^https?:\/\/\S+$/.test(value))) return shown
  return values.some((value) => /\s/.test(value.trim()) || value.length > 100) ? prose : keyword
}

function guessList(values: readonly (readonly Json[])[]): FieldGuess | string {
  const elements = values.flat(1)
  if (elements.length === 0) return 'has only empty lists'
  const kind = kindOf(elements.filter((element) => element !== null))
  const lengths = new Set(values.map(({ length }) => length))
  const [length = 0] = lengths
  if ((kind === 'number' || kind === 'whole') && lengths.size === 1 && length >= shortestVector)
    return {
      type: `tensor<float>(x[${length}])`,
      statements: ['indexing: attribute | index', 'attribute {', '    distance-metric: angular', '}'],
    }
  if (kind === 'text') return searched('array<string>')
  if (kind === 'whole') return attribute('array<long>')
  if (kind === 'number') return attribute('array<double>')
  if (kind === 'object' && elements.every((element) => isPosition(element as JsonObject))) return attribute('array<position>')
  return 'has lists of what is neither text nor numbers'
}

function guessObject(values: readonly JsonObject[]): FieldGuess | string {
  if (values.every(isPosition)) return attribute('position')
  const inner = values.flatMap((value) => Object.values(value))
  const kind = kindOf(inner.filter((value) => value !== null) as Json[])
  const of = kind === 'text' ? 'string' : kind === 'whole' ? 'long' : kind === 'number' ? 'double' : undefined
  if (of === undefined) return 'has objects whose values are of different kinds'
  return { type: `map<string, ${of}>`, statements: ['indexing: summary'] }
}

function isPosition(value: JsonObject): boolean {
  const { type, coordinates } = value
  if (type === 'Point' && Array.isArray(coordinates))
    return coordinates.length >= 2 && coordinates.every((each) => typeof each === 'number')
  const pairs = [
    ['lat', 'lng'],
    ['lat', 'lon'],
    ['latitude', 'longitude'],
  ]
  return Object.keys(value).length === 2 && pairs.some((names) => names.every((name) => typeof value[name] === 'number'))
}
