import { fingerprintOf } from '../../src/fingerprint.ts'
import type { ListPartitions } from '../schema/partitions.ts'
import type { Found, Partition, Partitions } from './partition.ts'

/** Names the values of a partition. */
export const keyOf = (values: Partition['values']): string => fingerprintOf(values)

/** Partitions that the configuration names. */
export function listed({ values }: ListPartitions): Partitions {
  const all = values.map((one): Partition => ({ key: keyOf(one), values: one }))
  const places = new Map(all.map(({ key }, index) => [key, index]))
  return {
    find(place): Found | 'lost' {
      const index = place?.key === undefined ? 0 : places.get(place.key)
      const partition = index === undefined ? undefined : all[index]
      if (index === undefined || partition === undefined) return 'lost'
      const next = all[index + 1]
      return { partition, place: { key: partition.key }, next: next === undefined ? undefined : { key: next.key } }
    },
  }
}
