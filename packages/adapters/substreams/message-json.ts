import { type DescEnum, type DescField, type DescMessage, fromBinary, type Message, type Registry, toJson } from '@bufbuild/protobuf'
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect'
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt'
import type { Json, JsonObject } from '@data-weaver/contracts'

/** How bytes are written as text. */
export type BytesText = 'hex' | '0x' | 'base64'

export interface JsonReading {
  readonly bytes: BytesText
  /** Looks up what is packed in an `Any`. */
  readonly registry: Registry
  /** How many `Any` this one is inside of. */
  readonly depth?: number
}

/** A chain of messages each packed in the next is unpacked this far: every step copies the rest. */
const deepestAny = 8

/**
 * A message as JSON, by its descriptor: fields by the names they have in the .proto file, all of them, so that a value of before cannot stay
 * in a document; null where a field is not set. 64-bit integers are text with every digit, enums their names, times ISO 8601.
 */
export const messageJson = (desc: DescMessage, message: Message, reading: JsonReading): JsonObject =>
  objectJson(reflect(desc, message), reading)

function objectJson(message: ReflectMessage, reading: JsonReading): JsonObject {
  // From entries: a field may be called like a property that every object has.
  return Object.fromEntries(message.fields.map((field) => [field.name, fieldJson(message, field, reading)]))
}

function fieldJson(message: ReflectMessage, field: DescField, reading: JsonReading): Json {
  switch (field.fieldKind) {
    case 'list': {
      const list = message.get(field)
      return Array.from(list, (item) => itemJson(field, item, reading))
    }
    case 'map': {
      const map = message.get(field)
      return Object.fromEntries(Array.from(map, ([key, value]): [string, Json] => [String(key), itemJson(field, value, reading)]))
    }
    default:
      // What has no presence of its own has a value always, zero or empty.
      if (field.presence !== implicitPresence && !message.isSet(field)) return null
      return itemJson(field, message.get(field), reading)
  }
}

/** `FeatureSet.FieldPresence.IMPLICIT`. */
const implicitPresence = 2

/** A value of a field, of an entry of a list, or of a map. */
function itemJson(field: DescField, value: unknown, reading: JsonReading): Json {
  if (field.message !== undefined) return innerJson(field.message, value as ReflectMessage, reading)
  if (field.enum !== undefined) return enumJson(field.enum, value as number)
  return scalarJson(value as number | string | boolean | bigint | Uint8Array, reading.bytes)
}

/** The name of the value, or its number where the descriptors are older than the output. */
const enumJson = (desc: DescEnum, value: number): Json =>
  desc.typeName === 'google.protobuf.NullValue' ? null : (desc.value[value]?.name ?? value)

function scalarJson(value: number | string | boolean | bigint | Uint8Array, bytes: BytesText): Json {
  if (value instanceof Uint8Array) return bytesText(value, bytes)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return String(value)
    // JSON has no -0.
    return value + 0
  }
  return typeof value === 'string' ? value.toWellFormed() : value
}

export function bytesText(bytes: Uint8Array, as: BytesText): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (as === 'base64') return buffer.toString('base64')
  return `${as === '0x' ? '0x' : ''}${buffer.toString('hex')}`
}

const wrappers = /^google\.protobuf\.(?:Bool|Bytes|Double|Float|Int32|Int64|String|UInt32|UInt64)Value$/
const written = /^google\.protobuf\.(?:Duration|FieldMask|ListValue|Struct|Timestamp|Value)$/

function innerJson(desc: DescMessage, message: ReflectMessage, reading: JsonReading): Json {
  const [first] = desc.fields
  if (wrappers.test(desc.typeName) && first !== undefined) return itemJson(first, message.get(first), reading)
  if (written.test(desc.typeName)) return writtenJson(desc, message)
  if (desc.typeName === AnySchema.typeName) return anyJson(message.message as Any, reading)
  return objectJson(message, reading)
}

/** Types with a form of their own in JSON. One that has none (a time before the year 1) is shown by its fields. */
function writtenJson(desc: DescMessage, message: ReflectMessage): Json {
  try {
    return toJson(desc, message.message) as Json
  } catch {
    return objectJson(message, { bytes: 'hex', registry: emptyRegistry })
  }
}

function anyJson({ typeUrl, value }: Any, reading: JsonReading): Json {
  const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1)
  const { depth = 0 } = reading
  const desc = depth < deepestAny ? reading.registry.getMessage(type) : undefined
  try {
    if (desc !== undefined) return { '@type': typeUrl, ...messageJson(desc, fromBinary(desc, value), { ...reading, depth: depth + 1 }) }
  } catch {
    // What cannot be read is shown as it is.
  }
  return { '@type': typeUrl, value: bytesText(value, reading.bytes) }
}

const emptyRegistry: Registry = {
  kind: 'registry',
  [Symbol.iterator]: () => [][Symbol.iterator](),
  get: () => undefined,
  getMessage: () => undefined,
  getEnum: () => undefined,
  getExtension: () => undefined,
  getExtensionFor: () => undefined,
  getService: () => undefined,
}
