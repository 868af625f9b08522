/** What a number is stored as. */
export type NumberType = 'byte' | 'int' | 'long' | 'float' | 'double'
export type ScalarType = NumberType | 'string' | 'uri' | 'bool' | 'position'
export type CellType = 'double' | 'float' | 'bfloat16' | 'int8'

/** A dimension of a tensor: indexed with a size, or mapped (labels) when there is none. */
export interface Dimension {
  readonly name: string
  readonly size?: number
}

export interface TensorType {
  readonly kind: 'tensor'
  readonly cell: CellType
  /** In order of their names, as Vespa has them. */
  readonly dimensions: readonly Dimension[]
}

/** The type of a Vespa field, as far as values can be checked before they are sent. `other` (structs, references): Vespa alone judges. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly type: ScalarType }
  | { readonly kind: 'array'; readonly of: FieldType }
  | { readonly kind: 'weightedset'; readonly of: ScalarType }
  | { readonly kind: 'map'; readonly key: ScalarType; readonly value: FieldType }
  | TensorType
  | { readonly kind: 'other' }

const scalars: ReadonlySet<string> = new Set<ScalarType>(['string', 'uri', 'bool', 'byte', 'int', 'long', 'float', 'double', 'position'])
const keys: ReadonlySet<string> = new Set(['string', 'byte', 'int', 'long'])
const cells: ReadonlySet<string> = new Set<CellType>(['double', 'float', 'bfloat16', 'int8'])
const identifier = /^[A-Za-z_][A-Za-z0-9_.]*$/
const dimension = /^([A-Za-z_][A-Za-z0-9_]*)(?:\{\}|\[(\d{1,9})\])$/

/** Values in one dense block at most: what a document may hold is far less. */
const mostBlockValues = 16 * 2 ** 20

/** Reads a type as schemas write it (`tensor<float>(x[384])`); undefined when it is no type. */
export function parseFieldType(text: string): FieldType | undefined {
  const plain = text.replaceAll(/\s+/g, '')
  if (plain === 'tensor' || plain.startsWith('tensor<') || plain.startsWith('tensor(')) return parseTensor(plain)
  if (scalars.has(plain)) return { kind: 'scalar', type: plain as ScalarType }
  const [, outer, inner] = /^(array|weightedset|map)<(.*)>$/.exec(plain) ?? []
  if (outer === undefined || inner === undefined)
    return identifier.test(plain) || /^reference<.+>$/.test(plain) ? { kind: 'other' } : undefined
  if (outer === 'array') {
    const of = parseFieldType(inner)
    return of === undefined || of.kind === 'tensor' ? undefined : { kind: 'array', of }
  }
  if (outer === 'weightedset') return keys.has(inner) ? { kind: 'weightedset', of: inner as ScalarType } : undefined
  const comma = inner.indexOf(',')
  const key = inner.slice(0, Math.max(0, comma))
  const value = parseFieldType(inner.slice(comma + 1))
  return keys.has(key) && value !== undefined ? { kind: 'map', key: key as ScalarType, value } : undefined
}

function parseTensor(text: string): TensorType | undefined {
  const [, cell = 'double', list] = /^tensor(?:<([a-z0-9]+)>)?\((.*)\)$/.exec(text) ?? []
  if (list === undefined || list === '' || !cells.has(cell)) return undefined
  const dimensions = list.split(',').map((each): Dimension | undefined => {
    const [, name, size] = dimension.exec(each) ?? []
    if (name === undefined) return undefined
    return size === undefined ? { name } : { name, size: Number(size) }
  })
  if (dimensions.some((each) => each === undefined || each.size === 0)) return undefined
  const sorted = (dimensions as Dimension[]).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const type: TensorType = { kind: 'tensor', cell: cell as CellType, dimensions: sorted }
  if (new Set(sorted.map(({ name }) => name)).size < sorted.length || blockLength(type) > mostBlockValues) return undefined
  return type
}

/** Values in one dense block: the product of the indexed dimensions, 1 without any. */
export const blockLength = ({ dimensions }: TensorType): number => dimensions.reduce((product, { size = 1 }) => product * size, 1)

export const mappedDimensions = ({ dimensions }: TensorType): readonly string[] =>
  dimensions.filter(({ size }) => size === undefined).map(({ name }) => name)

/** One spelling for one type, so that two can be compared. */
export function spellType(text: string): string {
  const plain = text.replaceAll(/\s+/g, '')
  const type = parseFieldType(plain)
  if (type?.kind !== 'tensor') return plain
  const dimensions = type.dimensions.map(({ name, size }) => (size === undefined ? `${name}{}` : `${name}[${size}]`))
  return `tensor<${type.cell}>(${dimensions.join(',')})`
}
