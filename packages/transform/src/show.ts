import type { Json } from '@data-weaver/contracts'

/** Characters of a value that an error may show: enough to recognise it, never a payload. */
const shownCharacters = 40

/** A value for an error message: scalars shortened, objects and arrays only by their kind. Always well-formed text. */
export function show(value: Json): string {
  if (typeof value === 'string') {
    return value.length <= shownCharacters
      ? JSON.stringify(value)
      : `${JSON.stringify(value.slice(0, shownCharacters))}… (${value.length} characters)`
  }
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
