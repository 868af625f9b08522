import { createHash } from 'node:crypto'
import { type Doc, type Json, type JsonObject, WeaverError } from '@data-weaver/contracts'
import { isOlder, orderOf, readOrder } from '../document.ts'
import { blockLength, mappedDimensions } from '../fields/field-type.ts'
import { encode } from '../fields/tensor-value.ts'
import type { EmbeddedField, Mapping } from '../mapping.ts'
import { type Embedder, type Model, textKey } from './embedder.ts'

/** The field that says of which texts the vectors of a stored document are: a hash by name of the embedded field. */
export const embeddedFrom = 'weaver_embedded'

/** Texts of one field that are embedded at most: parts of a document. */
const mostTexts = 1024

/** Reads a document of Vespa; undefined when there is none. Rejects as a read of the feeder does. */
export type ReadStored = (fieldSet: readonly string[], signal: AbortSignal) => Promise<string | undefined>

/**
 * The embedded fields of a document, ready to be sent. What Vespa has of the same texts is taken from there, so nothing is embedded again when the texts did not change,
 * whichever worker wrote it; undefined: Vespa has a document that is as new, so there is nothing to write.
 * @throws WeaverError `sink_rejected` that names the field, `sink_unavailable`
 */
export async function vectorsOf(
  mapping: Mapping,
  embedder: Embedder,
  doc: Doc,
  readStored: ReadStored,
  signal: AbortSignal,
): Promise<Readonly<Record<string, Json>> | undefined> {
  const wanted = mapping.embedded.flatMap((field) => {
    const texts = textsOf(field, doc.fields)
    return texts.length === 0 ? [] : [{ field, texts, hash: hashOf(embedder.model, field, texts) }]
  })
  if (wanted.length === 0) return {}
  const stored = await readStored([embeddedFrom, ...wanted.map(({ field }) => field.name)], signal)
  const order = stored === undefined ? undefined : readOrder(stored)
  if (order !== undefined && !isOlder(order, orderOf(doc))) return undefined
  const there = storedVectors(stored)
  const values = await Promise.all(
    wanted.map(async ({ field, texts, hash }): Promise<readonly [string, Json]> => {
      const known = there.hashes[field.name] === hash ? tensorOf(there.fields[field.name]) : undefined
      if (known !== undefined) {
        embedder.noteReused(texts.length)
        return [field.name, known]
      }
      return [field.name, await embedded(field, texts, embedder, signal)]
    }),
  )
  return { ...Object.fromEntries(values), [embeddedFrom]: Object.fromEntries(wanted.map(({ field, hash }) => [field.name, hash])) }
}

/** The texts of a field: one of all its sources, or, where the tensor has a mapped dimension, one for each entry of a list. */
function textsOf({ name, sources, type }: EmbeddedField, fields: JsonObject): readonly string[] {
  const found = sources.flatMap((source) => (Object.hasOwn(fields, source) ? [fields[source] ?? null] : [])).flat(1)
  const texts = found.flatMap((value) => {
    if (value === null) return []
    if (typeof value === 'object') throw new WeaverError('sink_rejected', `the field ${name} is embedded from an object, not from text`)
    return [String(value).toWellFormed()]
  })
  const some = texts.filter((text) => text.trim() !== '')
  if (mappedDimensions(type).length === 0) return some.length === 0 ? [] : [some.join('\n')]
  if (some.length > mostTexts) throw new WeaverError('sink_rejected', `the field ${name} has more than ${mostTexts} texts to embed`)
  return some
}

const hashOf = (model: Model, { type }: EmbeddedField, texts: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([type.cell, blockLength(type), mappedDimensions(type).length, ...texts.map((text) => textKey(model, text))]))
    .digest('base64url')

interface StoredVectors {
  readonly fields: Readonly<Record<string, unknown>>
  readonly hashes: Readonly<Record<string, unknown>>
}

function storedVectors(body: string | undefined): StoredVectors {
  try {
    const { fields = {} } = JSON.parse(body ?? '{}') as { fields?: Readonly<Record<string, unknown>> }
    const hashes = fields[embeddedFrom]
    return { fields, hashes: (typeof hashes === 'object' && hashes !== null ? hashes : {}) as Readonly<Record<string, unknown>> }
  } catch {
    return { fields: {}, hashes: {} }
  }
}

/** A tensor out of an answer as it is written: without its type. */
function tensorOf(value: unknown): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { values, blocks } = value as { values?: Json; blocks?: Json }
  return values !== undefined ? { values } : blocks !== undefined ? { blocks } : undefined
}

async function embedded(field: EmbeddedField, texts: readonly string[], embedder: Embedder, signal: AbortSignal): Promise<Json> {
  const blocks = await Promise.all(
    texts.map(async (text) => {
      const vector = await embedder.embed(text, signal)
      if ('refused' in vector) throw new WeaverError('sink_rejected', `the field ${field.name} has no vector: ${vector.refused}`)
      const length = blockLength(field.type)
      if (vector.length !== length)
        throw new WeaverError(
          'sink_rejected',
          `the field ${field.name} has ${length} numbers, and the model ${embedder.model.name} gives ${vector.length}`,
        )
      return encode(field.type.cell, Array.from(vector), (problem) => {
        throw new WeaverError('sink_rejected', `the field ${field.name} ${problem}`)
      })
    }),
  )
  if (mappedDimensions(field.type).length === 0) return { values: blocks[0] ?? '' }
  return { blocks: Object.fromEntries(blocks.map((block, at) => [String(at), block])) }
}
