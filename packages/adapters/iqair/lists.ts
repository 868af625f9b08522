import type { Json, Rec, RecordProblem } from '@data-weaver/contracts'
import { lookup } from '../src/path.ts'
import type { IqairConfig } from './schema.ts'

/** What an entry of a list is called, by resource. The others are no lists. */
const names: Readonly<Partial<Record<IqairConfig['resource'], string>>> = {
  countries: 'country',
  states: 'state',
  cities: 'city',
  stations: 'station',
}

/** The name in each entry of the list that is asked for; undefined for what is no list. */
export const nameOf = ({ resource }: IqairConfig): string | undefined => names[resource]

/** An entry of a list. IQAir answers its own name only: where it belongs is in the configuration, and makes the key. */
export function listRecord(item: Json, config: IqairConfig): Rec | RecordProblem {
  const name = nameOf(config) ?? ''
  const value = lookup(item, [name])
  if (typeof value !== 'string' || value === '') return { problem: `the entry names no \`${name}\`` }
  const place = ['country', 'state', 'city'].flatMap((part) => {
    const given = lookup(config as Json, [part])
    return typeof given === 'string' ? [[part, given] as const] : []
  })
  return { key: [...place.map(([, given]) => given), value], fields: { ...(item as object), ...Object.fromEntries(place) } }
}
