import { hash } from 'node:crypto'
import type { Json, JsonObject, VespaSchemas } from '@data-weaver/contracts'
import { sameValue, tensorParts } from './fields/same-value.ts'
import { compileMapping, type EmbeddedField, type FieldSource, type Mapping } from './mapping.ts'

/** Digits of the hash that are kept: 132 bits. */
const kept = 22

type Fields = Readonly<Record<string, unknown>>

/** What is written with every document, but for its place in the order of writes. */
const hashed = ['weaver_stream', 'weaver_stream_version', 'weaver_result_id', 'weaver_run_id', 'weaver_stream_id', 'weaver_fields']

/**
 * A hash of what a document is written with: where it came from, its fields as text, and the vectors of embedded ones. Vespa keeps it with the document, so an audit finds
 * a document that somebody else changed without knowing what it once was.
 * @param vectors by name, as Vespa is sent them or answers them
 */
export function contentHash(fields: Fields, embedded: readonly EmbeddedField[] = [], vectors: Fields = {}): string {
  const parts = embedded.flatMap(({ name, type }) => {
    const blocks = tensorParts(type.cell, vectors[name])
    return blocks === undefined
      ? []
      : [
          `${name}:${[...blocks]
            .map(([label, block]) => `${label}=${block}`)
            .toSorted()
            .join(',')}`,
        ]
  })
  const text = hashed.map((name) => String(fields[name]))
  return hash('sha256', [...text, ...parts.toSorted()].join('\n'), 'base64url').slice(0, kept)
}

/** Whether a document of Vespa, by all of its fields, is no longer what was written. */
export type ContentCheck = (stored: Fields) => boolean

/**
 * Compares a document with itself: the hash with what it is of, and the mapped fields with what the mapping makes of the fields as text. Fields that the mapping does not
 * name are not looked at.
 * @param entries those of the version that wrote it that feed its place: one of them did
 */
export function contentCheck(entries: readonly JsonObject[], schemas?: VespaSchemas): ContentCheck {
  const mappings = entries.map(({ documentType = 'weaver', fields = {} }) =>
    compileMapping(fields as Readonly<Record<string, FieldSource>>, schemas?.get(documentType as string)),
  )
  return (stored) => {
    const fields = parsed(stored['weaver_fields'])
    if (fields === undefined) return true
    if (mappings.length > 0) return mappings.every((mapping) => isOtherHash(stored, mapping.embedded) || differs(mapping, fields, stored))
    // Who wrote it is not known any more, and so neither is which of its fields are vectors.
    return stored['weaver_embedded'] === undefined && isOtherHash(stored, [])
  }
}

/** Who wrote a document before there was such a hash left none. */
const isOtherHash = (stored: Fields, embedded: readonly EmbeddedField[]): boolean =>
  stored['weaver_content'] !== undefined && stored['weaver_content'] !== contentHash(stored, embedded, stored)

function differs(mapping: Mapping, fields: JsonObject, stored: Fields): boolean {
  const sent: Record<string, Json> = {}
  try {
    mapping.values(fields, sent)
  } catch {
    // Nothing was ever written by a mapping that refuses it: the schema is another one by now.
    return false
  }
  return [...mapping.types].some(([name, type]) => !sameValue(sent[name], stored[name], type))
}

function parsed(text: unknown): JsonObject | undefined {
  try {
    const value = JSON.parse(String(text)) as Json
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
