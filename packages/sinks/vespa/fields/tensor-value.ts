import type { Json } from '@data-weaver/contracts'
import { blockLength, type CellType, mappedDimensions, type TensorType } from './field-type.ts'

/** Says what is wrong with a value, in words that follow the name of the field. */
export type Refuse = (problem: string) => never

const bytesOf: Record<CellType, number> = { double: 8, float: 4, bfloat16: 2, int8: 1 }
const largestFloat = 3.4028234663852886e38

/**
 * A tensor as Vespa's JSON has it. Dense parts go as hexadecimal text: a third of the digits, nothing to parse, and as exact as the cells are.
 * Vespa takes a list that is too short without a word and fills it up with zeros; here its length must be right.
 *
 * Taken are: for indexed dimensions alone a list of numbers (nested by dimension, or flat) or hexadecimal text; for one mapped dimension an object by label; for
 * several of them a list of `{address, value}` or `{address, values}`.
 */
export function tensorValue(type: TensorType, value: Json, refuse: Refuse): Json {
  const mapped = mappedDimensions(type)
  const dense = type.dimensions.length > mapped.length
  if (mapped.length === 0) return { values: block(type, value, refuse) }
  const one = (each: Json, at: string): Json => {
    const within: Refuse = (problem) => refuse(`at ${at} ${problem}`)
    return dense ? block(type, each, within) : cell(type.cell, each, within)
  }
  if (Array.isArray(value)) {
    const entries = value.map((entry, index) => addressed(entry as Json, mapped, index, refuse, one))
    return dense ? { blocks: entries } : { cells: entries }
  }
  if (typeof value !== 'object' || value === null || mapped.length > 1)
    return refuse(
      mapped.length > 1
        ? `is ${kindOf(value)}, not a list of {"address":{${mapped.map((name) => `"${name}":…`).join(',')}},…}`
        : `is ${kindOf(value)}, not an object by label of ${mapped[0]}`,
    )
  const entries = Object.entries(value).map(([label, each]): [string, Json] => [
    label,
    one(each as Json, JSON.stringify(label.slice(0, 64))),
  ])
  return dense ? { blocks: Object.fromEntries(entries) } : { cells: Object.fromEntries(entries) }
}

function addressed(entry: Json, mapped: readonly string[], index: number, refuse: Refuse, one: (each: Json, at: string) => Json): Json {
  const at = `entry ${index}`
  const { address, ...rest } = (typeof entry === 'object' && entry !== null ? entry : {}) as { [name: string]: Json }
  const [[name, value] = [], ...more] = Object.entries(rest)
  if (typeof address !== 'object' || address === null || (name !== 'value' && name !== 'values') || more.length > 0)
    return refuse(`at ${at} is not {"address":{…},"value":…}`)
  const labels = Object.entries(address)
  const isLabel = (label: unknown) => typeof label === 'string' || typeof label === 'number'
  const fits = labels.length === mapped.length && mapped.every((each) => isLabel((address as { [name: string]: Json })[each]))
  if (!fits) return refuse(`at ${at} has an address without exactly the dimensions ${mapped.join(', ')}`)
  return {
    address: Object.fromEntries(labels.map(([key, label]) => [key, typeof label === 'number' ? String(label) : label])),
    [name]: one(value as Json, at),
  }
}

/** The values of one dense block as hexadecimal text. */
function block(type: TensorType, value: Json, refuse: Refuse): string {
  const length = blockLength(type)
  const width = bytesOf[type.cell]
  if (typeof value === 'string') {
    if (!/^[0-9a-fA-F]*$/.test(value)) return refuse('is text, and not the hexadecimal text of a tensor')
    if (value.length !== length * width * 2)
      return refuse(`is hexadecimal text of ${value.length} digits; ${length} values of ${type.cell} have ${length * width * 2}`)
    return value
  }
  if (!Array.isArray(value)) return refuse(`is ${kindOf(value)}, not a list of ${length} numbers`)
  const sizes = type.dimensions.flatMap(({ size }) => (size === undefined ? [] : [size]))
  const flat = value.some((each) => Array.isArray(each)) ? flatten(value as readonly Json[], sizes, refuse) : (value as readonly Json[])
  if (flat.length !== length) return refuse(`has ${flat.length} numbers, the field has ${length}`)
  return encode(type.cell, flat, refuse)
}

/** Nested lists are as long as their dimensions. */
function flatten(value: readonly Json[], [size = 0, ...inner]: readonly number[], refuse: Refuse): readonly Json[] {
  if (value.length !== size) return refuse(`has a list of ${value.length} where a dimension has ${size}`)
  if (inner.length === 0) return value
  return value.flatMap((each) =>
    Array.isArray(each) ? flatten(each as readonly Json[], inner, refuse) : refuse('has lists that are not nested by its dimensions'),
  )
}

/** Numbers as the hexadecimal text of their cells, most significant byte first. */
export function encode(type: CellType, values: readonly Json[], refuse: Refuse): string {
  const bytes = Buffer.allocUnsafe(values.length * bytesOf[type])
  for (let at = 0; at < values.length; at++) {
    const number = cell(type, values[at] as Json, refuse)
    if (type === 'double') bytes.writeDoubleBE(number, at * 8)
    else if (type === 'float') bytes.writeFloatBE(number, at * 4)
    else if (type === 'int8') bytes.writeInt8(number, at)
    else bytes.writeUInt16BE(toBfloat16(number), at * 2)
  }
  return bytes.toString('hex')
}

function cell(type: CellType, value: Json, refuse: Refuse): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(`has ${kindOf(value)} among its numbers`)
  if (type === 'int8' && !(Number.isInteger(value) && value >= -128 && value <= 127))
    return refuse(`has ${value}, which is no int8 (-128 to 127)`)
  if (type !== 'double' && Math.abs(value) > largestFloat) return refuse(`has ${value}, which is too large for ${type}`)
  return value
}

const single = new Float32Array(1)
const bits = new Uint32Array(single.buffer)

/** The upper half of a float, rounded to the nearest, ties to even. */
function toBfloat16(number: number): number {
  single[0] = number
  const whole = bits[0] as number
  return ((whole + 0x7fff + ((whole >>> 16) & 1)) >>> 16) & 0xffff
}

export function kindOf(value: Json | undefined): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return typeof value === 'string' ? 'text' : typeof value === 'number' ? `the number ${value}` : String(value)
}
