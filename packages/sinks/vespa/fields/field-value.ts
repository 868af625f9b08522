import { type Json, WeaverError } from '@data-weaver/contracts'
import type { FieldType, ScalarType } from './field-type.ts'
import { kindOf, type Refuse, tensorValue } from './tensor-value.ts'

/**
 * A value as Vespa's field takes it, checked on our side: what does not fit is the dead letter of its document before anything is sent.
 * @throws WeaverError `sink_rejected` that names the field
 */
export function fieldValue(name: string, type: FieldType, value: Json): Json {
  return convert(type, value, (problem) => {
    throw new WeaverError('sink_rejected', `the field ${name} ${problem}`)
  })
}

function convert(type: FieldType, value: Json, refuse: Refuse): Json {
  switch (type.kind) {
    case 'scalar':
      return scalar(type.type, value, refuse)
    case 'array':
      if (!Array.isArray(value)) return refuse(`is ${kindOf(value)}, not a list`)
      return value.map((each, at) => convert(type.of, each as Json, inside(refuse, `entry ${at}`)))
    case 'weightedset':
      return weightedSet(type.of, value, refuse)
    case 'map':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(`is ${kindOf(value)}, not an object`)
      return Object.fromEntries(
        Object.entries(value).map(([key, each]) => [
          keyOf(type.key, key, refuse),
          convert(type.value, each as Json, inside(refuse, JSON.stringify(key.slice(0, 64)))),
        ]),
      )
    case 'tensor':
      return tensorValue(type, value, refuse)
    case 'other':
      return value
  }
}

const inside =
  (refuse: Refuse, place: string): Refuse =>
  (problem) =>
    refuse(`at ${place} ${problem}`)

const ranges: Partial<Record<ScalarType, readonly [number, number]>> = {
  byte: [-128, 127],
  int: [-(2 ** 31), 2 ** 31 - 1],
  long: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  float: [-3.4028234663852886e38, 3.4028234663852886e38],
  double: [-Number.MAX_VALUE, Number.MAX_VALUE],
}

function scalar(type: ScalarType, value: Json, refuse: Refuse): Json {
  if (type === 'position') return position(value, refuse)
  if (type === 'bool') return typeof value === 'boolean' ? value : refuse(`is ${kindOf(value)}, not true or false`)
  const range = ranges[type]
  if (range === undefined) return typeof value === 'string' ? text(value, refuse) : refuse(`is ${kindOf(value)}, not text`)
  if (typeof value !== 'number') return refuse(`is ${kindOf(value)}, not a number`)
  if (type !== 'float' && type !== 'double' && !Number.isInteger(value)) return refuse(`is ${value}, which is no whole number (${type})`)
  if (!(value >= range[0] && value <= range[1])) return refuse(`is ${value}, which is beyond ${type}`)
  return value
}

/** Control characters besides tab and line ends, and what is no character at all: Vespa has no way to write them. */
const illegal = /(?![\t\n\r\u007f-\u009f])\p{Cc}|[\p{Cs}\p{Noncharacter_Code_Point}]/u

function text(value: string, refuse: Refuse): string {
  const found = illegal.exec(value)
  if (found === null) return value
  return refuse(
    `holds the character U+${(found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}, which Vespa does not take in text`,
  )
}

/** An object of whole numbers by text, or a list of texts, each of which counts for one. */
function weightedSet(of: ScalarType, value: Json, refuse: Refuse): Json {
  if (typeof value !== 'object' || value === null) return refuse(`is ${kindOf(value)}, neither a list nor an object of weights`)
  const weights = new Map<string, number>()
  if (Array.isArray(value)) {
    for (const [at, each] of value.entries()) {
      if (typeof each !== 'string' && typeof each !== 'number') return refuse(`at entry ${at} is ${kindOf(each as Json)}, not text`)
      const key = keyOf(of, String(each), refuse)
      weights.set(key, (weights.get(key) ?? 0) + 1)
    }
  } else {
    for (const [key, weight] of Object.entries(value)) {
      const within = inside(refuse, JSON.stringify(key.slice(0, 64)))
      weights.set(keyOf(of, key, refuse), scalar('int', weight as Json, within) as number)
    }
  }
  return Object.fromEntries(weights)
}

function keyOf(type: ScalarType, key: string, refuse: Refuse): string {
  if (type === 'string') return text(key, refuse)
  if (!/^-?\d+$/.test(key)) return refuse(`has the key ${JSON.stringify(key.slice(0, 64))}, which is no ${type}`)
  scalar(type, Number(key), inside(refuse, `the key ${key}`))
  return key
}

type Parts = { readonly [name: string]: Json }

/** `{lat, lng}`, `{lat, lon}`, `{latitude, longitude}`, or a point of GeoJSON. Vespa takes a latitude of 100 without a word. */
function position(value: Json, refuse: Refuse): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(`is ${kindOf(value)}, not a position {"lat":…,"lng":…}`)
  const parts = value as Parts
  const { coordinates } = parts
  const [east, north] = parts['type'] === 'Point' && Array.isArray(coordinates) ? coordinates : []
  const lat = north ?? parts['lat'] ?? parts['latitude']
  const lng = east ?? parts['lng'] ?? parts['lon'] ?? parts['longitude']
  return {
    lat: degrees('latitude', lat as Json | undefined, 90, refuse),
    lng: degrees('longitude', lng as Json | undefined, 180, refuse),
  }
}

function degrees(what: string, value: Json | undefined, most: number, refuse: Refuse): number {
  if (typeof value !== 'number') return refuse(`has no ${what} that is a number`)
  if (!(Math.abs(value) <= most)) return refuse(`has the ${what} ${value}, which is beyond ${most} degrees`)
  return value
}
