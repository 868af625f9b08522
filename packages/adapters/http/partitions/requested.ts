import { WeaverError } from '@data-weaver/contracts'
import { lookup, parsePath } from '../../src/path.ts'
import type { Client } from '../client.ts'
import { isReadable, type Row } from '../decoder/row.ts'
import type { ListPlan } from '../list-plan.ts'
import type { Position } from '../pagination/position.ts'
import { Repetition, Trail } from '../pagination/trail.ts'
import { predicate } from '../predicate.ts'
import type { RequestPartitions } from '../schema/partitions.ts'
import type { Scalar } from '../template.ts'
import { keyOf } from './list.ts'
import type { Found, Partition, Partitions, Place } from './partition.ts'

interface ParentPage {
  readonly at: Position | undefined
  readonly partitions: readonly Partition[]
  readonly next: Position | undefined
}

type Find = Awaited<ReturnType<Partitions['find']>>

/** Partitions that another request finds. One of its pages is kept at a time. */
export function requested(config: RequestPartitions, plan: ListPlan, client: Client): Partitions {
  const paths = Object.entries(config.values).map(([name, path]) => [name, parsePath(path)] as const)
  const filter = (config.records?.filter ?? []).map(predicate)
  const trail = new Trail()
  const repetition = new Repetition()
  let page: ParentPage | undefined
  let pages = 0

  const ask = async (at: Position | undefined): Promise<ParentPage> => {
    const parameters = plan.paging?.parameters(at) ?? []
    const asked = { at, parameters, scope: { cursor: undefined, partition: {} } }
    const verdict = await client.ask(plan, asked)
    pages += 1
    if (verdict.kind === 'deadLetter') throw verdict.error
    if (verdict.kind !== 'page') return { at, partitions: [], next: undefined }
    const { rows, next } = client.read(plan, at, verdict.response)
    const partitions = distinct(
      rows.filter((row) => isReadable(row) && filter.every((test) => test(row))).flatMap((row) => partitionOf(row, paths) ?? []),
    )
    const circle =
      next !== undefined &&
      (repetition.isCircle(partitions.map(({ key }) => key)) || trail.leadsBack(at, next, () => plan.request.address(asked).href))
    if (circle)
      throw new WeaverError(
        'source_loop',
        'The pages that find the partitions lead in a circle: the same link or the same records came again.',
      )
    return { at, partitions, next }
  }

  return {
    async find(place): Promise<Find> {
      if (page === undefined || !isSame(page.at, place?.parent)) {
        if (pages >= plan.maxPages) return 'limit'
        page = await ask(place?.parent)
      }
      let index = place?.key === undefined ? 0 : page.partitions.findIndex(({ key }) => key === place.key)
      if (index === -1) return 'lost'
      while (page.partitions.length === 0) {
        if (page.next === undefined) return undefined
        if (pages >= plan.maxPages) return 'limit'
        page = await ask(page.next)
        index = 0
      }
      return foundAt(page, index)
    },
  }
}

function foundAt({ at, partitions, next }: ParentPage, index: number): Found {
  const partition = partitions[index] as Partition
  const here = at === undefined ? {} : { parent: at }
  const following = partitions[index + 1]
  const place: Place = { ...here, key: partition.key }
  if (following !== undefined) return { partition, place, next: { ...here, key: following.key } }
  return { partition, place, next: next === undefined ? undefined : { parent: next } }
}

const isSame = (a: Position | undefined, b: Position | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)

function partitionOf(row: Row, paths: readonly (readonly [string, readonly string[]])[]): Partition | undefined {
  if (!isReadable(row)) return undefined
  const values: Record<string, Scalar> = {}
  for (const [name, path] of paths) {
    const value = lookup(row, path)
    if (value === '' || (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')) return undefined
    values[name] = value
  }
  return { key: keyOf(values), values }
}

/** A partition that is named twice on a page is one. */
const distinct = (partitions: readonly Partition[]): Partition[] => [...new Map(partitions.map((one) => [one.key, one])).values()]
