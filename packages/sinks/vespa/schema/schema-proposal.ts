import type { Json, JsonObject } from '@data-weaver/contracts'
import type { FieldSource } from '../mapping.ts'
import { type FieldGuess, guessField } from './field-guess.ts'

export interface SchemaProposal {
  /** The whole schema, to be stored as `schemas/<documentType>.sd`. */
  readonly schema: string
  /** For `fields` of the sink. */
  readonly fields: Readonly<Record<string, FieldSource>>
  /** A line for the documents of `services.xml`. */
  readonly service: string
  /** What was left out, and why. */
  readonly notes: readonly string[]
}

/** Names that Vespa keeps for itself. */
const reserved: ReadonlySet<string> = new Set([
  ...['attribute', 'case', 'documentid', 'else', 'host', 'if', 'index', 'index_url', 'position', 'relevancy', 'sddocname', 'select_input'],
  ...['split_foreach', 'summary', 'switch', 'tokenize'],
])
const seconds = 365 * 86_400

interface Proposed {
  readonly name: string
  readonly source: FieldSource
  readonly guess: FieldGuess
}

/**
 * Proposes a schema for documents of a stream: a field for each of theirs whose values tell what it is.
 * @param documents what the stream's transform made of stored results
 * @param mapped how a sink of the stream maps them already; without it every field is taken
 */
export function proposeSchema(
  documentType: string,
  documents: readonly JsonObject[],
  mapped?: Readonly<Record<string, FieldSource>>,
): SchemaProposal {
  const notes: string[] = []
  const wanted = mapped === undefined ? everyField(documents) : Object.entries(mapped)
  const proposed: Proposed[] = []
  const taken = new Set<string>()
  for (const [wish, source] of wanted) {
    const guess = guessOf(source, documents)
    if (typeof guess === 'string') {
      notes.push(`${wish} ${guess}: it is only in weaver_fields, as JSON.`)
      continue
    }
    const name = mapped === undefined ? freeName(wish, taken) : wish
    taken.add(name)
    proposed.push({ name, source: withType(source, guess.type), guess })
  }
  return {
    schema: textOf(documentType, proposed),
    fields: Object.fromEntries(proposed.map(({ name, source }) => [name, source])),
    service: `<document type="${documentType}" mode="index" selection="${documentType}.weaver_deleted == false or ${documentType}.weaver_written_at &gt; now() - ${seconds}"/>`,
    notes,
  }
}

const pairs: readonly (readonly [lat: string, lng: string])[] = [
  ['latitude', 'longitude'],
  ['lat', 'lng'],
  ['lat', 'lon'],
]

/** The fields that documents have, in order of their first appearance; a latitude and a longitude are one position. */
function everyField(documents: readonly JsonObject[]): readonly (readonly [string, FieldSource])[] {
  const names = [...new Set(documents.flatMap((document) => Object.keys(document)))].filter((name) => name !== '')
  const isNumber = (name: string) => documents.every((document) => ['number', 'undefined'].includes(typeof (document[name] ?? undefined)))
  const pair = pairs.find(([lat, lng]) => names.includes(lat) && names.includes(lng) && isNumber(lat) && isNumber(lng))
  const [lat, lng] = pair ?? []
  const others = names.filter((name) => name !== lat && name !== lng).map((name): readonly [string, FieldSource] => [name, name])
  return lat === undefined || lng === undefined ? others : [...others, ['location', { lat, lng }]]
}

function guessOf(source: FieldSource, documents: readonly JsonObject[]): FieldGuess | string {
  if (typeof source === 'object' && 'embed' in source) {
    if (source.type === undefined) return 'is embedded, and the entry does not say its type'
    return { type: source.type, statements: ['indexing: attribute | index', 'attribute {', '    distance-metric: angular', '}'] }
  }
  if (typeof source === 'object' && 'lat' in source) return { type: 'position', statements: ['indexing: summary | attribute'] }
  const from = typeof source === 'string' ? source : source.from
  const guess = guessField(documents.map((document): Json | undefined => (Object.hasOwn(document, from) ? document[from] : undefined)))
  // What the entry says is what the sink checks values by.
  if (typeof source === 'object' && source.type !== undefined)
    return typeof guess === 'object' && guess.type === source.type ? guess : { type: source.type, statements: ['indexing: summary'] }
  return guess
}

const withType = (source: FieldSource, type: string): FieldSource =>
  typeof source === 'string' ? { from: source, type } : 'from' in source ? { ...source, type } : source

/** A name that Vespa takes and that no other field has. */
function freeName(wish: string, taken: ReadonlySet<string>): string {
  const plain = wish
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9_]+/g, '_')
    .slice(0, 100)
  const named = /^[A-Za-z_]/.test(plain) && plain !== '_' ? plain : `field_${plain}`
  const first = reserved.has(named) || named.startsWith('weaver_') ? `field_${named}` : named
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? first : `${first}_${count}`
    if (!taken.has(name)) return name
  }
}

function textOf(documentType: string, proposed: readonly Proposed[]): string {
  const fields = proposed.map(({ name, guess: { type, statements } }) =>
    [`        field ${name} type ${type} {`, ...statements.map((line) => `            ${line}`), '        }'].join('\n'),
  )
  const searchable = proposed.filter(({ guess }) => guess.statements.includes('index: enable-bm25')).map(({ name }) => name)
  const ranking = searchable.length === 0 ? 'attribute(weaver_seq)' : searchable.map((name) => `bm25(${name})`).join(' + ')
  return [
    `schema ${documentType} {`,
    '',
    `    document ${documentType} inherits weaver {`,
    ...fields.map((field) => `\n${field}`),
    '    }',
    ...(searchable.length === 0 ? [] : ['', '    fieldset default {', `        fields: ${searchable.join(', ')}`, '    }']),
    '',
    '    rank-profile default {',
    '        first-phase {',
    `            expression: ${ranking}`,
    '        }',
    '    }',
    '}',
    '',
  ].join('\n')
}
