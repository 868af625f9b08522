import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormatsModule from 'ajv-formats'
import type { Static, TSchema } from 'typebox'
import { withoutOtherBranches } from './discriminator.ts'
import { type ErrorCode, type FieldProblem, WeaverError } from './error.ts'

// ajv-formats is CommonJS: under native ESM its default export is the plugin itself, but its types say otherwise.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default

/** Bodies and stored configuration: strict, nothing is coerced, unknown keys are refused where the schema is closed. */
export const jsonAjv: Ajv = addFormats(
  new Ajv({ allErrors: true, coerceTypes: false, useDefaults: true, strict: false, discriminator: false, verbose: true }),
)

/** Query, path parameters, environment: text that is coerced to the schema's types. */
export const wireAjv: Ajv = addFormats(new Ajv({ allErrors: true, coerceTypes: 'array', useDefaults: true, strict: false, verbose: true }))

const compiled = new WeakMap<Ajv, WeakMap<object, ValidateFunction>>()

/** Compiles once per schema object. */
export function validator(ajv: Ajv, schema: TSchema): ValidateFunction {
  let bySchema = compiled.get(ajv)
  if (bySchema === undefined) compiled.set(ajv, (bySchema = new WeakMap()))
  let validate = bySchema.get(schema)
  if (validate === undefined) bySchema.set(schema, (validate = ajv.compile(schema)))
  return validate
}

/**
 * Validates and returns the value with defaults filled in (the input is not changed).
 * @throws WeaverError `code` with one entry per problem, each field below `prefix`.
 */
export function parse<S extends TSchema>(schema: S, value: unknown, code: ErrorCode, prefix = ''): Static<S> {
  const copy: unknown = structuredClone(value)
  const validate = validator(jsonAjv, schema)
  if (validate(copy)) return copy as Static<S>
  const errors = fieldProblems(validate.errors ?? [], prefix)
  throw new WeaverError(code, summary(errors), { errors })
}

export const summary = (errors: readonly FieldProblem[]): string =>
  errors.map(({ field, problem }) => `${field || 'the value'} ${problem}`).join('; ')

/** Turns Ajv's errors into problems a person can act on: one per field, without the noise of union branches. */
export function fieldProblems(all: readonly ErrorObject[], prefix = ''): FieldProblem[] {
  const errors = withoutOtherBranches(all)
  const unions = errors.filter((error) => error.keyword === 'anyOf').map((error) => error.instancePath)
  const problems = new Map<string, FieldProblem>()
  for (const error of errors) {
    if (error.keyword === 'if') continue
    const problem = describe(error, prefix)
    const inUnion = unions.some((path) => error.keyword !== 'anyOf' && error.instancePath === path && error.schemaPath.includes('/anyOf/'))
    if (inUnion && branchNoise(error)) continue
    const known = problems.get(problem.field)
    if (known === undefined || known.problem.startsWith('matches none')) problems.set(problem.field, problem)
  }
  // A union's own complaint is of use only when no branch said something about a field inside it.
  for (const path of unions) {
    const field = join(prefix, path)
    const inner = [...problems.keys()].some((other) => other !== field && other.startsWith(field === '' ? '' : `${field}.`))
    if (inner && problems.get(field)?.problem.startsWith('matches none')) problems.delete(field)
  }
  return [...problems.values()]
}

/** Inside a union, what another branch expected is noise: the wrong type, a missing key, an extra key. */
const branchNoise = (error: ErrorObject): boolean => ['type', 'required', 'additionalProperties', 'const'].includes(error.keyword)

const join = (prefix: string, instancePath: string, ...more: string[]): string =>
  [prefix, ...instancePath.split('/').slice(1).map(unescapePointer), ...more].filter((part) => part !== '').join('.')

const unescapePointer = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~')

function describe(error: ErrorObject, prefix: string): FieldProblem {
  const field = join(prefix, error.instancePath)
  const schema = error.parentSchema as { description?: string; examples?: unknown[] } | undefined
  const example = schema?.examples?.[0]
  const hint = [schema?.description, example === undefined ? undefined : `For example ${JSON.stringify(example)}.`]
    .filter((part) => part !== undefined)
    .join(' ')
  const withHint = (problem: string): FieldProblem => (hint === '' ? { field, problem } : { field, problem, hint })
  switch (error.keyword) {
    case 'required':
      return {
        field: join(prefix, error.instancePath, error.params.missingProperty),
        problem: 'is missing',
        hint: hintOf(error, error.params.missingProperty),
      }
    case 'additionalProperties': {
      const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {})
      return {
        field: join(prefix, error.instancePath, error.params.additionalProperty),
        problem: 'is not a known field',
        hint: known.length === 0 ? 'Remove it.' : `Known fields: ${known.join(', ')}.`,
      }
    }
    case 'type':
      return withHint(`must be ${[error.params.type].flat().join(' or ')}, not ${typeName(error.data)}`)
    case 'enum':
      return withHint(`must be one of ${error.params.allowedValues.map((value: unknown) => JSON.stringify(value)).join(', ')}`)
    case 'const':
      return withHint(`must be ${JSON.stringify(error.params.allowedValue)}`)
    case 'anyOf':
      return withHint('matches none of the allowed forms')
    default:
      return withHint(error.message ?? 'is not valid')
  }
}

function hintOf(error: ErrorObject, property: string): string {
  const schema = (error.parentSchema as { properties?: Record<string, { description?: string; examples?: unknown[] }> }).properties?.[
    property
  ]
  const example = schema?.examples?.[0]
  return [schema?.description ?? 'Add it.', example === undefined ? '' : `For example ${JSON.stringify(example)}.`].join(' ').trim()
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}
