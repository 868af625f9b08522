import { compilePath, type FieldMapping, type Json, type JsonObject, type Transform, WeaverError } from '@data-weaver/contracts'
import { converters, type Fail } from './convert.ts'
import { compileTemplate } from './template.ts'
import { show } from './show.ts'
import { validateTransform } from './validate.ts'

type PathMapping = Extract<FieldMapping, { path: string }>

/** What one field of the document becomes; undefined leaves the field out. */
type Field = (record: JsonObject) => Json | undefined

/**
 * Compiles a mapping once into closures; the answer maps one record after another without interpreting anything.
 * `null` is the identity. The mapped document shares nested values with the record: neither may be changed afterwards.
 *
 * The compiled function throws WeaverError `transform_failed` for a record that does not fit, with one entry in `errors` that
 * names the document's field; its message names the path and the problem and shows at most a few characters of the value.
 * @throws WeaverError `invalid_transform` when the mapping itself is malformed.
 */
export function compileTransform(transform: Transform | null): (fields: JsonObject) => JsonObject {
  if (transform === null) return (fields) => fields
  validateTransform(transform)
  const names = Object.keys(transform.fields)
  const compiled = names.map((name) => compileField(name, transform.fields[name] as FieldMapping))
  return (record) => {
    const document: Record<string, Json> = {}
    for (let at = 0; at < compiled.length; at++) {
      const value = (compiled[at] as Field)(record)
      if (value !== undefined) document[names[at] as string] = value
    }
    return document
  }
}

function compileField(name: string, mapping: FieldMapping): Field {
  if (typeof mapping === 'string') return compilePath(mapping) as Field
  if ('constant' in mapping) {
    const constant = structuredClone(mapping.constant) as Json
    return () => constant
  }
  if ('template' in mapping) return compileTemplate(mapping.template)
  return compilePicked(name, mapping)
}

function compilePicked(name: string, mapping: PathMapping): Field {
  const lookup = compilePath(mapping.path) as Field
  const present = mapping.convert === undefined ? lookup : converted(name, mapping.path, lookup, mapping.convert)
  if (Object.hasOwn(mapping, 'default')) {
    const fallback = structuredClone(mapping.default) as Json
    return (record) => present(record) ?? fallback
  }
  if (mapping.required !== true) return present
  return (record) => {
    const value = present(record)
    if (value !== undefined && value !== null) return value
    throw failure(name, mapping.path, value === null ? 'is null, but the field is required' : 'is missing, but the field is required')
  }
}

/** Converts what is there; null stays null and missing stays missing, so that `default` and `required` decide about both. */
function converted(name: string, path: string, lookup: Field, conversion: keyof typeof converters): Field {
  const convert = converters[conversion]
  return (record) => {
    const value = lookup(record)
    if (value === undefined || value === null) return value
    // Made for this value only when it fails: the closure costs nothing on the way that records take.
    const fail: Fail = (problem) => {
      throw failure(name, path, `is ${show(value)}, which ${problem}`)
    }
    return convert(value, fail)
  }
}

const failure = (name: string, path: string, problem: string): WeaverError =>
  new WeaverError('transform_failed', `Field ${name}: the value at ${JSON.stringify(path)} ${problem}.`, {
    errors: [{ field: name, problem: `the value at ${JSON.stringify(path)} ${problem}` }],
  })
