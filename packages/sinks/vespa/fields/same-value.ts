import type { Json } from '@data-weaver/contracts'
import type { CellType, FieldType, ScalarType } from './field-type.ts'
import { encode } from './tensor-value.ts'

/**
 * Whether what Vespa has of a field is what it was sent, with what Vespa does to it on the way: it keeps no empty values, rounds to the type of the field, and
 * spells tensors in its own way. Where the type is not known and Vespa spells a value in another way, nothing is said: true.
 * @param sent undefined: nothing
 */
export function sameValue(sent: Json | undefined, found: unknown, type: FieldType | undefined): boolean {
  if (isNothing(sent) || isNothing(found)) return (isNothing(sent) || sent === false) && (isNothing(found) || found === false)
  switch (type?.kind) {
    case undefined:
      return sameGuessed(sent as Json, found)
    case 'scalar':
      return sameScalar(type.type, sent as Json, found)
    case 'array':
      return sameList(sent, found, (a, b) => sameValue(a, b, type.of))
    case 'weightedset':
      return sameEntries(sent, found, (a, b) => a === b)
    case 'map':
      return sameEntries(sent, found, (a, b) => sameValue(a, b, type.value))
    case 'tensor':
      return sameTensor(type.cell, sent, found)
    case 'other':
      return true
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What Vespa does not keep, or does not tell from nothing. */
const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0)

type Same = (sent: Json | undefined, found: unknown) => boolean

const sameList = (sent: unknown, found: unknown, same: Same): boolean =>
  Array.isArray(sent) && Array.isArray(found) && sent.length === found.length && sent.every((each, at) => same(each as Json, found[at]))

function sameEntries(sent: unknown, found: unknown, same: Same): boolean {
  if (!isObject(sent) || !isObject(found)) return false
  const names = Object.keys(sent)
  return (
    names.length === Object.keys(found).length && names.every((name) => Object.hasOwn(found, name) && same(sent[name] as Json, found[name]))
  )
}

function sameScalar(type: ScalarType, sent: Json, found: unknown): boolean {
  if (type === 'position') return samePosition(sent, found)
  if (type === 'float') return typeof sent === 'number' && typeof found === 'number' && Math.fround(sent) === Math.fround(found)
  return sent === found
}

/** Vespa keeps millionths of degrees. */
const degreesApart = 2e-6

function samePosition(sent: unknown, found: unknown): boolean {
  if (!isObject(sent) || !isObject(found)) return false
  return ['lat', 'lng'].every((name) => Math.abs(Number(sent[name]) - Number(found[name])) <= degreesApart)
}

function sameGuessed(sent: Json, found: unknown): boolean {
  if (typeof sent === 'number' && typeof found === 'number') return sent === found || sameFloat(sent, found)
  if (typeof sent === 'string' && typeof found === 'string') return sent === found
  if (typeof sent === 'boolean' && typeof found === 'boolean') return sent === found
  // Vespa takes a number as text, and the other way round.
  if (['number', 'string'].includes(typeof sent) && ['number', 'string'].includes(typeof found)) return Number(sent) === Number(found)
  if (Array.isArray(sent) && Array.isArray(found)) return sameList(sent, found, sameOf)
  if (!isObject(sent) || !isObject(found)) return true
  if (['values', 'cells', 'blocks'].some((name) => Object.hasOwn(found, name))) return true
  return (Object.keys(found).length === 2 && samePosition(sent, found)) || sameEntries(sent, found, sameOf)
}

const sameOf: Same = (sent, found) => sameValue(sent, found, undefined)

/** Digits that a float is spelled with at most. */
const floatDigits = 9

/** A number that may have been rounded to a float: what was found has no more digits than a float needs. */
const sameFloat = (sent: number, found: number): boolean =>
  Math.fround(sent) === Math.fround(found) && found.toExponential().replace(/e.*$|\D/g, '').length <= floatDigits

function sameTensor(cell: CellType, sent: unknown, found: unknown): boolean {
  const [ours, theirs] = [tensorParts(cell, sent), tensorParts(cell, found)]
  if (ours === undefined || theirs === undefined || ours.size !== theirs.size) return false
  return [...ours].every(([address, block]) => theirs.get(address) === block)
}

/** The blocks or cells of a tensor by address, as hexadecimal text; undefined when it is none. */
export function tensorParts(cell: CellType, tensor: unknown): ReadonlyMap<string, string> | undefined {
  if (!isObject(tensor)) return undefined
  const { values, blocks, cells } = tensor
  try {
    if (values !== undefined) return new Map([['', hexOf(cell, values)]])
    const parts = blocks ?? cells
    if (!Array.isArray(parts)) return new Map(Object.entries(parts ?? {}).map(([label, each]) => [label, hexOf(cell, each)]))
    return new Map(
      parts.map((each: { readonly address: Readonly<Record<string, string>>; readonly values?: unknown; readonly value?: unknown }) => [
        addressOf(each.address),
        hexOf(cell, each.values ?? each.value),
      ]),
    )
  } catch {
    return undefined
  }
}

/** A label where there is one dimension, as it is spelled then. */
function addressOf(address: Readonly<Record<string, string>>): string {
  const labels = Object.entries(address)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, label]) => label)
  return labels.length === 1 ? (labels[0] ?? '') : JSON.stringify(labels)
}

const hexOf = (cell: CellType, block: unknown): string =>
  typeof block === 'string'
    ? block.toLowerCase()
    : encode(cell, [block].flat(Number.POSITIVE_INFINITY) as Json[], (problem) => {
        throw new TypeError(problem)
      })
