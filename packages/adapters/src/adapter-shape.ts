import { type Adapter, parse, portVersion, WeaverError } from '@data-weaver/contracts'
import type { TSchema } from 'typebox'
import { adapterIdPattern } from './adapter-id.ts'

/** Something that is wrong with code that should be an adapter, and the way out. It goes on where `its adapter "x"` ends. */
export interface ShapeProblem {
  readonly problem: string
  readonly hint: string
}

/** Whether a value looks like one that is meant to be an adapter, right or wrong. */
export const meantAsAdapter = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && 'id' in value && ('pages' in value || 'records' in value)

/** What is wrong with an adapter from outside, where no compiler has looked. Nothing when it is an {@link Adapter}. */
export function shapeProblems(given: Readonly<Record<string, unknown>>): ShapeProblem[] {
  const problems = [...fieldsAmiss(given)]
  if (problems.length > 0) return problems
  const { config, example } = given as unknown as Adapter
  try {
    parse(config as TSchema, example, 'invalid_config', 'config')
  } catch (error) {
    const invalid = error instanceof WeaverError
    const said = error instanceof Error ? error.message : String(error)
    return [
      invalid
        ? { problem: `has an \`example\` that its own schema refuses: ${said}`, hint: 'Make the example a valid configuration.' }
        : { problem: `has a \`config\` that is no JSON Schema: ${said}`, hint: objectHint },
    ]
  }
  return []
}

const objectHint = 'Declare it with `Type.Object({…}, { additionalProperties: false })` of typebox, or as a `Type.Union` of such objects.'

function* fieldsAmiss(given: Readonly<Record<string, unknown>>): Generator<ShapeProblem> {
  const { id, port, summary, mode, config, secrets, validate } = given
  if (typeof id !== 'string' || !adapterIdPattern.test(id))
    yield { problem: 'has no valid `id`', hint: 'An id is 1 to 64 small letters, digits and `-`, beginning with a letter.' }
  if (port !== undefined && port !== portVersion) yield wrongPort(port)
  if (typeof summary !== 'string' || summary === '') yield { problem: 'has no `summary`', hint: 'Say in a sentence what it fetches.' }
  if (mode !== 'poll' && mode !== 'live')
    yield {
      problem: 'has no `mode` "poll" or "live"',
      hint: 'One that fetches and ends is "poll", one that holds a connection open is "live".',
    }
  if (!isObjectSchema(config) && !isUnionOfObjects(config))
    yield { problem: 'has a `config` that is no schema of an object', hint: objectHint }
  if (!isObjectSchema(secrets))
    yield {
      problem: 'has a `secrets` that is no schema of an object',
      hint: 'Declare the secrets by name; without any, as `Type.Object({})`.',
    }
  for (const name of ['pages', 'records']) {
    if (typeof given[name] !== 'function')
      yield { problem: `has no function \`${name}\``, hint: 'The port is `Adapter` of @data-weaver/contracts.' }
  }
  if (validate !== undefined && typeof validate !== 'function')
    yield { problem: 'has a `validate` that is no function', hint: 'Leave it out, or make it throw `invalid_config`.' }
}

/** Also for a package that names the port in its package.json. */
export const wrongPort = (port: unknown): ShapeProblem => ({
  problem: `is written for version ${JSON.stringify(port)} of the port, and this is version ${portVersion}`,
  hint: `Take a version of it that is for port ${portVersion}, or the Data Weaver that it is written for.`,
})

const isObjectSchema = (schema: unknown): boolean =>
  typeof schema === 'object' &&
  schema !== null &&
  'type' in schema &&
  schema.type === 'object' &&
  'properties' in schema &&
  typeof schema.properties === 'object' &&
  schema.properties !== null

const isUnionOfObjects = (schema: unknown): boolean =>
  typeof schema === 'object' &&
  schema !== null &&
  'anyOf' in schema &&
  Array.isArray(schema.anyOf) &&
  schema.anyOf.length > 0 &&
  schema.anyOf.every(isObjectSchema)
