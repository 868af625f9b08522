import type { Json, JsonObject, Rec, RecordProblem } from '@data-weaver/contracts'
import { lookup } from '../src/path.ts'
import type { IqairConfig } from './schema.ts'

/** What the answer to a resource looks like. */
interface Shape {
  /** Whether `data` is a list; a monitor's answer has no `data`, it is the whole. */
  readonly answer: 'one' | 'list' | 'whole'
  /** The records of it, after the look at its form. */
  records(data: Json, config: IqairConfig): Iterable<Rec | RecordProblem>
}

const city: Shape = { answer: 'one', records: (data) => [placed(data as JsonObject, ['country', 'state', 'city'])] }
const station: Shape = { answer: 'one', records: (data) => [placed(data as JsonObject, ['country', 'state', 'city', 'name'])] }
const listOf = (name: string): Shape => ({
  answer: 'list',
  records: (data, config) => (data as readonly Json[]).map((item) => listed(item, name, config)),
})

const shapes: Readonly<Record<IqairConfig['resource'], Shape>> = {
  nearest_city: city,
  city,
  nearest_station: station,
  station,
  countries: listOf('country'),
  states: listOf('state'),
  cities: listOf('city'),
  stations: listOf('station'),
  city_ranking: { answer: 'list', records: (data) => (data as readonly Json[]).map((item, index) => ranked(item, index + 1)) },
  node: { answer: 'whole', records: (data, config) => [measured(data as JsonObject, config)] },
}

/** What is wrong with a success, as far as {@link recordsOf} needs to know it. */
export function problemOf(answer: Json, { resource }: IqairConfig): string | undefined {
  const { answer: form } = shapes[resource]
  if (form === 'whole') return isObject(answer) ? undefined : 'The answer is not what a monitor says.'
  if (lookup(answer, ['status']) !== 'success') return 'The answer has no `status` "success".'
  const data = lookup(answer, ['data'])
  if (form === 'list') return Array.isArray(data) ? undefined : 'The answer has no list `data`.'
  return isObject(data) ? undefined : 'The answer has no `data`.'
}

/** The records of an answer that has no problem. */
export function recordsOf(answer: Json, config: IqairConfig): Iterable<Rec | RecordProblem> {
  const { answer: form, records } = shapes[config.resource]
  return records(form === 'whole' ? answer : (lookup(answer, ['data']) as Json), config)
}

/** What says itself where it is. */
function placed(data: JsonObject, names: readonly string[]): Rec | RecordProblem {
  const key: string[] = []
  for (const name of names) {
    const value = data[name]
    if (typeof value !== 'string' || value === '') return { problem: `the answer names no \`${name}\`` }
    key.push(value)
  }
  return { key, fields: data }
}

/** An entry of a list. IQAir answers its own name only: where it belongs is in the configuration, and makes the key. */
function listed(item: Json, name: string, config: IqairConfig): Rec | RecordProblem {
  const value = lookup(item, [name])
  if (typeof value !== 'string' || value === '') return { problem: `the entry names no \`${name}\`` }
  const place = ['country', 'state', 'city'].flatMap((part) => {
    const given = lookup(config, [part])
    return typeof given === 'string' ? [[part, given] as const] : []
  })
  return { key: [...place.map(([, given]) => given), value], fields: { ...(item as object), ...Object.fromEntries(place) } }
}

/** The order of the answer is the ranking; an entry alone would not know its place. */
function ranked(item: Json, rank: number): Rec | RecordProblem {
  const record = placed(isObject(item) ? item : {}, ['country', 'state', 'city'])
  return 'problem' in record ? record : { ...record, fields: { rank, ...record.fields } }
}

/** A monitor does not say which one it is: its id is in the configuration. */
function measured(data: JsonObject, config: IqairConfig): Rec | RecordProblem {
  if (!isObject(data.current)) return { problem: 'the answer has no `current`' }
  const id = 'id' in config ? config.id : ''
  return { key: [id], fields: { id, ...data } }
}

const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
