import type { ErrorObject } from 'ajv'

interface Branch {
  readonly properties?: Readonly<Record<string, { readonly const?: unknown }>>
}

/**
 * Of a union whose branches differ in a constant (`type: 'bearer'`), keeps the errors of the branch that the value chose, or says
 * which constants there are. A union without such a property is left as it is.
 */
export function withoutOtherBranches(all: readonly ErrorObject[]): ErrorObject[] {
  let errors = [...all]
  // Outer unions come first, so that errors of a branch that nobody chose are gone before its own unions are looked at.
  const unions = errors.filter((error) => error.keyword === 'anyOf').toSorted((a, b) => a.schemaPath.length - b.schemaPath.length)
  for (const union of unions) {
    if (errors.includes(union)) errors = resolved(union, errors)
  }
  return errors
}

function resolved(union: ErrorObject, errors: readonly ErrorObject[]): ErrorObject[] {
  const { data, schema } = union as { data?: unknown; schema?: readonly Branch[] }
  if (typeof data !== 'object' || data === null || Array.isArray(data) || !Array.isArray(schema)) return [...errors]
  const value = data as Readonly<Record<string, unknown>>
  let candidates = schema.map((branch: Branch, index) => ({ branch, index }))
  const decided = new Set<string>()
  for (;;) {
    const property = sharedConstant(
      candidates.map(({ branch }) => branch),
      decided,
    )
    if (property === undefined) break
    decided.add(property)
    const chosen = candidates.filter(({ branch }) => branch.properties?.[property]?.const === value[property])
    if (chosen.length === 0) {
      const allowed = [...new Set(candidates.map(({ branch }) => branch.properties?.[property]?.const))]
      return [...errors.filter((error) => error !== union && !below(error, union)), unchosen(union, property, value[property], allowed)]
    }
    candidates = chosen
  }
  if (decided.size === 0) return [...errors]
  const kept = candidates.map(({ index }) => `${union.schemaPath}/${index}/`)
  return errors.filter((error) => {
    if (error === union) return candidates.length > 1
    return !below(error, union) || kept.some((path) => error.schemaPath.startsWith(path))
  })
}

/** The first property that is a constant in every branch and does not have the same constant in all of them. */
function sharedConstant(branches: readonly Branch[], decided: ReadonlySet<string>): string | undefined {
  const [first] = branches
  if (first === undefined || (branches.length === 1 && decided.size > 0)) return undefined
  return Object.keys(first.properties ?? {}).find((name) => {
    if (decided.has(name)) return false
    const constants = branches.map((branch) => branch.properties?.[name]?.const)
    return !constants.includes(undefined) && new Set(constants).size > 1
  })
}

const below = (error: ErrorObject, union: ErrorObject): boolean =>
  error.schemaPath.startsWith(`${union.schemaPath}/`) &&
  (error.instancePath === union.instancePath || error.instancePath.startsWith(`${union.instancePath}/`))

function unchosen(union: ErrorObject, property: string, value: unknown, allowed: readonly unknown[]): ErrorObject {
  if (value !== undefined) {
    return {
      ...union,
      keyword: 'enum',
      instancePath: `${union.instancePath}/${property}`,
      params: { allowedValues: allowed },
      data: value,
    }
  }
  const description = `One of ${allowed.map((constant) => JSON.stringify(constant)).join(', ')}.`
  return {
    ...union,
    keyword: 'required',
    params: { missingProperty: property },
    parentSchema: { properties: { [property]: { description } } },
  }
}
