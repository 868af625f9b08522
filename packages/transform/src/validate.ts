import { type FieldMapping, type FieldProblem, pathProblem, type Transform, WeaverError } from '@data-weaver/contracts'
import { templateProblem } from './template.ts'

const pathHint = String.raw`Keys with dots between them, for example "properties.mag"; write \. for a dot inside a key and \\ for a backslash.`
const templateHint = String.raw`For example "{{place.city}}, {{place.country}}"; write \{{ for two braces that are text; use constant for fixed text.`

const fieldName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/
const nameHint = 'Letters, digits and _, not beginning with a digit, 1-64 characters.'

/**
 * Checks what the schema of a transform cannot say. `prefix` is where the transform stands in the input (`transform`).
 * @throws WeaverError `invalid_transform` with an entry per problem, each naming its field (`transform.fields.title.path`).
 */
export function validateTransform(transform: Transform, prefix = 'transform'): void {
  const errors = Object.entries(transform.fields).flatMap(([name, mapping]) => mappingProblems(name, mapping, `${prefix}.fields.${name}`))
  if (errors.length === 0) return
  throw new WeaverError('invalid_transform', errors.map(({ field, problem }) => `${field} ${problem}`).join('; '), { errors })
}

function mappingProblems(name: string, mapping: FieldMapping, field: string): FieldProblem[] {
  // `__proto__` would change what the document inherits instead of becoming a field of it.
  if (name === '__proto__' || !fieldName.test(name)) return [{ field, problem: 'cannot be the name of a field', hint: nameHint }]
  if (typeof mapping === 'string') return problemAt(field, pathProblem(mapping), pathHint)
  if ('template' in mapping) return problemAt(`${field}.template`, templateProblem(mapping.template), templateHint)
  if ('constant' in mapping) return []
  const contradiction =
    mapping.required === true && Object.hasOwn(mapping, 'default')
      ? 'contradicts default, with which the field is never missing'
      : undefined
  return [
    ...problemAt(`${field}.path`, pathProblem(mapping.path), pathHint),
    ...problemAt(`${field}.required`, contradiction, 'Remove one of the two.'),
  ]
}

const problemAt = (field: string, problem: string | undefined, hint: string): FieldProblem[] =>
  problem === undefined ? [] : [{ field, problem, hint }]
