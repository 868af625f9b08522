import type { HttpConfig } from '../schema.ts'
import type { Partitions } from '../schema/partitions.ts'
import { placeholdersIn } from '../template.ts'

/** The names that `{{partition.name}}` may have. */
export function partitionNames(partitions: Partitions | undefined): readonly string[] {
  switch (partitions?.type) {
    case undefined:
      return []
    case 'window':
      return ['from', 'to']
    case 'list':
      return Object.keys(partitions.values[0] ?? {})
    case 'request':
      return Object.keys(partitions.values)
  }
}

const configNames = ({ values = {} }: HttpConfig): string[] => Object.keys(values).map((name) => `config.${name}`)

/** Placeholders that stand for the same in all requests. */
export const constantNames = (config: HttpConfig): ReadonlySet<string> => new Set(configNames(config))

/** Placeholders of `request`. */
export const requestNames = (config: HttpConfig): ReadonlySet<string> =>
  new Set([
    ...configNames(config),
    ...(config.incremental === undefined ? [] : ['cursor']),
    ...partitionNames(config.partitions).map((name) => `partition.${name}`),
  ])

/** All placeholders in the texts of a part of a configuration. */
export function namesUsed(part: unknown): string[] {
  if (typeof part === 'string') return placeholdersIn(part)
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(namesUsed) : []
}
