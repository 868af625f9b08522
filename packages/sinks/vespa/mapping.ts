import type { FieldProblem, Json, JsonObject, VespaSchema } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import { type FieldType, mappedDimensions, parseFieldType, spellType, type TensorType } from './fields/field-type.ts'
import { fieldValue } from './fields/field-value.ts'

const strict = { additionalProperties: false } as const
const FieldName = Type.String({ minLength: 1, maxLength: 256 })
const TypeName = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 256,
    description:
      'Type of the Vespa field as its schema writes it: values are checked by it before they are sent. Default: what the application package says, else unchecked.',
    examples: ['tensor<float>(x[384])', 'weightedset<string>', 'long'],
  }),
)

const FieldSource = Type.Union([
  FieldName,
  Type.Object({ lat: FieldName, lng: FieldName }, { ...strict, description: 'The two fields that make a position.' }),
  Type.Object({ from: FieldName, type: TypeName }, { ...strict, description: 'A field of the document, and the type of Vespa’s.' }),
  Type.Object(
    {
      embed: Type.Union([FieldName, Type.Array(FieldName, { minItems: 1, maxItems: 16 })], {
        description: 'The field whose text is embedded; of several the texts, a line each.',
        examples: [['title', 'place']],
      }),
      type: TypeName,
    },
    {
      ...strict,
      description: 'A vector of the text: a tensor with one indexed dimension, or with a mapped one before it for a list of texts.',
    },
  ),
])
export type FieldSource = Static<typeof FieldSource>

/** What a mapping maps: by name of the Vespa field, where it comes from. */
export const FieldSources = Type.Record(Type.String({ pattern: '^(?!weaver_)[A-Za-z_][A-Za-z0-9_]{0,127}$' }), FieldSource, {
  ...strict,
  description: 'By name of the Vespa field, the field of the document that it is filled from. All fields are kept as JSON in any case.',
  examples: [
    {
      title: 'title',
      location: { lat: 'latitude', lng: 'longitude' },
      embedding: { embed: ['title', 'place'], type: 'tensor<float>(x[384])' },
    },
  ],
  default: {},
})

/** A field that is filled with the vector of a text. */
export interface EmbeddedField {
  readonly name: string
  readonly sources: readonly string[]
  readonly type: TensorType
}

/** A mapping as it is applied to documents. */
export interface Mapping {
  /** The values of the mapped fields, but for the embedded ones. @throws WeaverError `sink_rejected` that names the field */
  values(fields: JsonObject, into: Record<string, Json>): void
  readonly names: readonly string[]
  /** By name of the mapped fields, but for the embedded ones: their types, as far as they are known. */
  readonly types: ReadonlyMap<string, FieldType | undefined>
  readonly embedded: readonly EmbeddedField[]
}

/**
 * Compiles a mapping that {@link mappingProblems} found well formed.
 * @param schema of the document type, when it is known
 */
export function compileMapping(sources: Readonly<Record<string, FieldSource>>, schema?: VespaSchema): Mapping {
  const entries = Object.entries(sources)
  const plain = entries.flatMap(([name, source]) => (isEmbedded(source) ? [] : [{ name, source, type: typeOf(name, source, schema) }]))
  const readers = plain.map(({ name, source, type }) => readerOf(name, source, type))
  return {
    names: entries.map(([name]) => name),
    types: new Map(plain.map(({ name, type }) => [name, type])),
    embedded: entries.flatMap(([name, source]) => {
      if (!isEmbedded(source)) return []
      const type = typeOf(name, source, schema)
      return type?.kind === 'tensor' ? [{ name, sources: [source.embed].flat(), type }] : []
    }),
    values(fields, into) {
      for (const read of readers) read(fields, into)
    },
  }
}

const isEmbedded = (source: FieldSource): source is Extract<FieldSource, { embed: unknown }> =>
  typeof source === 'object' && 'embed' in source

function statedType(source: FieldSource): string | undefined {
  if (typeof source === 'string') return undefined
  return 'lat' in source ? 'position' : source.type
}

function typeOf(name: string, source: FieldSource, schema: VespaSchema | undefined): FieldType | undefined {
  const text = statedType(source) ?? schema?.fields.get(name)
  return text === undefined ? undefined : parseFieldType(text)
}

type Reader = (fields: JsonObject, into: Record<string, Json>) => void

/** Null and missing values are left out: the field has no value then, which is what Vespa knows instead of null. */
function readerOf(name: string, source: Exclude<FieldSource, { embed: unknown }>, type: FieldType | undefined): Reader {
  const read =
    typeof source === 'object' && 'lat' in source
      ? (fields: JsonObject) => {
          const [lat, lng] = [present(fields, source.lat), present(fields, source.lng)]
          return lat === undefined || lng === undefined ? undefined : { lat, lng }
        }
      : (fields: JsonObject) => present(fields, typeof source === 'string' ? source : source.from)
  return (fields, into) => {
    const value = read(fields)
    if (value !== undefined) into[name] = type === undefined ? value : fieldValue(name, type, value)
  }
}

const present = (fields: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined

/**
 * What is wrong with a mapping beyond its shape.
 * @param schema of the document type, when it is known; undefined: nothing is said about it
 */
export function mappingProblems(
  sources: Readonly<Record<string, FieldSource>>,
  { schema, embeds, field }: { readonly schema?: VespaSchema | undefined; readonly embeds: boolean; readonly field: string },
): FieldProblem[] {
  return Object.entries(sources).flatMap(([name, source]): FieldProblem[] => {
    const at = `${field}.${name}`
    const stated = statedType(source)
    if (stated !== undefined && parseFieldType(stated) === undefined)
      return [{ field: `${at}.type`, problem: `is ${JSON.stringify(stated)}, which is no type of a Vespa field`, hint: typeHint }]
    const deployed = schema?.fields.get(name)
    if (schema !== undefined && deployed === undefined)
      return [
        {
          field: at,
          problem: 'is not in the schema that is deployed',
          hint: `It has ${[...schema.fields.keys()].filter((each) => !each.startsWith('weaver_')).join(', ') || 'no fields of its own'}.`,
        },
      ]
    if (stated !== undefined && deployed !== undefined && spellType(stated) !== spellType(deployed))
      return [
        {
          field: at,
          problem: `is ${stated} here and ${deployed} in the schema that is deployed`,
          hint: 'Vespa refuses to change the type of a field.',
        },
      ]
    return isEmbedded(source) ? embeddedProblems(at, stated ?? deployed, embeds) : []
  })
}

const typeHint =
  'For example string, long, double, bool, position, array<string>, weightedset<string>, map<string,double>, tensor<float>(x[384]).'

function embeddedProblems(at: string, text: string | undefined, embeds: boolean): FieldProblem[] {
  const type = text === undefined ? undefined : parseFieldType(text)
  const vector = type?.kind === 'tensor' && type.cell !== 'int8' && mappedDimensions(type).length <= 1
  const indexed = type?.kind === 'tensor' ? type.dimensions.length - mappedDimensions(type).length : 0
  if (!vector || indexed !== 1) {
    const problem = text === undefined ? 'is missing: the vector’s length is part of it' : `is ${text}, which holds no vector of numbers`
    return [
      { field: `${at}.type`, problem, hint: 'For example tensor<float>(x[384]), or tensor<bfloat16>(part{},x[384]) for a list of texts.' },
    ]
  }
  return embeds
    ? []
    : [
        {
          field: at,
          problem: 'is embedded, and the sink does not say by which model',
          hint: 'Add "embedding": {"model": "…"} beside `fields`.',
        },
      ]
}
