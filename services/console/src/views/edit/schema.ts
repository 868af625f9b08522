/** What the forms understand of JSON Schema. What they do not, is edited as JSON. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly title?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly format?: string
}

/** A value as a text for a field; what is no scalar, as JSON. */
export const textOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)

/** The alternatives of a union and of the unions in it, the schema itself where it is none. */
export function alternatives(schema: Schema): readonly Schema[] {
  const union = schema.anyOf ?? schema.oneOf
  return union?.flatMap((one) => (kindOf(one) === 'union' ? alternatives(one) : [one])) ?? [schema]
}

export const propertiesOf = (schema: Schema): readonly (readonly [string, Schema])[] => Object.entries(schema.properties ?? {})
export const isRequired = (schema: Schema, name: string): boolean => schema.required?.includes(name) === true

/** The values that are allowed, where they are a few known ones: an enumeration, or a union of constants. */
export function choicesOf(schema: Schema): readonly unknown[] | undefined {
  if (schema.enum !== undefined) return schema.enum
  const union = schema.anyOf ?? schema.oneOf
  if (union === undefined || union.length === 0 || !union.every((one) => 'const' in one)) return undefined
  return union.map((one) => one.const)
}

export type Kind = 'choice' | 'constant' | 'text' | 'number' | 'integer' | 'boolean' | 'object' | 'list' | 'union' | 'map' | 'json'

/** How a schema is edited. */
export function kindOf(schema: Schema): Kind {
  if ('const' in schema || schema.type === 'null') return 'constant'
  if (choicesOf(schema) !== undefined) return 'choice'
  if (schema.anyOf !== undefined || schema.oneOf !== undefined) return 'union'
  switch (schema.type) {
    case 'string':
      return 'text'
    case 'number':
      return 'number'
    case 'integer':
      return 'integer'
    case 'boolean':
      return 'boolean'
    case 'array':
      return schema.items === undefined ? 'json' : 'list'
    case 'object':
      if (schema.properties !== undefined) return 'object'
      return mapValue(schema) === undefined ? 'json' : 'map'
    default:
      return schema.properties === undefined ? 'json' : 'object'
  }
}

/** The schema of the values of an object whose keys are free. */
export function mapValue(schema: Schema): Schema | undefined {
  const { additionalProperties, patternProperties } = schema as Schema & { readonly patternProperties?: Readonly<Record<string, Schema>> }
  const [byPattern] = Object.values(patternProperties ?? {})
  if (byPattern !== undefined) return byPattern
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

/** `integer, 1 to 100`, `one of "a", "b"` */
export function typeText(schema: Schema): string {
  const kind = kindOf(schema)
  if (kind === 'constant') return JSON.stringify(schema.const ?? null)
  if (kind === 'choice') return `one of ${(choicesOf(schema) ?? []).map((one) => JSON.stringify(one)).join(', ')}`
  if (kind === 'union') return [...new Set(alternatives(schema).map(typeText))].join(' or ')
  if (kind === 'list') return `list of ${typeText(schema.items ?? {})}`
  const bounds =
    schema.minimum === undefined && schema.maximum === undefined
      ? ''
      : `, ${schema.minimum ?? ''} to ${schema.maximum ?? ''}`.replace(/ to $/, ' or more')
  return `${kind}${bounds}`
}

/** A value to begin with: what is required, defaults, nothing else. */
export function blank(schema: Schema): unknown {
  if ('const' in schema) return schema.const
  if (schema.type === 'null') return null
  if (schema.default !== undefined) return schema.default
  switch (kindOf(schema)) {
    case 'choice':
      return choicesOf(schema)?.[0]
    case 'union':
      return blank(alternatives(schema)[0] ?? {})
    case 'object':
      return Object.fromEntries(propertiesOf(schema).flatMap(([name, one]) => (isRequired(schema, name) ? [[name, blank(one)]] : [])))
    case 'list':
      return []
    case 'map':
    case 'json':
      return {}
    case 'boolean':
      return false
    case 'number':
    case 'integer':
      return schema.minimum ?? 0
    default:
      return ''
  }
}

/** Which alternative a value is meant as: the one whose constants and required fields fit best. */
export function alternativeOf(schema: Schema, value: unknown): number {
  const fits = alternatives(schema).map((one) => fitness(one, value))
  return Math.max(0, fits.indexOf(Math.max(...fits)))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function fitness(schema: Schema, value: unknown): number {
  if (kindOf(schema) === 'constant') return (schema.const ?? null) === value ? 10 : -10
  if (choicesOf(schema) !== undefined) return choicesOf(schema)?.includes(value) === true ? 8 : -8
  const kind = kindOf(schema)
  if (kind === 'union') return Math.max(...alternatives(schema).map((one) => fitness(one, value)))
  if (kind === 'object' || kind === 'map') {
    if (!isObject(value)) return -10
    const known = propertiesOf(schema).map(([name, one]) => {
      if (!(name in value)) return isRequired(schema, name) ? -3 : 0
      return 'const' in one ? fitness(one, value[name]) : 1
    })
    const strangers = kind === 'map' ? 0 : Object.keys(value).filter((name) => schema.properties?.[name] === undefined).length
    return known.reduce((sum, one) => sum + one, 1) - strangers
  }
  if (kind === 'list') return Array.isArray(value) ? 5 : -10
  const type = kind === 'text' ? 'string' : kind === 'boolean' ? 'boolean' : 'number'
  return typeof value === type ? 5 : -10
}
