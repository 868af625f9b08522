import type { CursorValue } from '../order.ts'
import type { Position } from '../pagination/position.ts'
import type { Scalar } from '../template.ts'

/** A part of the source, with pages of its own. */
export interface Partition {
  /** The same for the same values. */
  readonly key: string
  /** What `{{partition.name}}` stands for. */
  readonly values: Readonly<Record<string, Scalar>>
  /** For a window: the cursor value that is reached, at least, once it is complete. */
  readonly reached?: CursorValue
}

/** Where a partition is found again, by another run. */
export interface Place {
  /** The page of the other request that it is on; undefined: the first one, or there is none. */
  readonly parent?: Position
  /** Undefined: the first of that page. */
  readonly key?: string
}

export interface Found {
  readonly partition: Partition
  /** Where it is found again; undefined where there is no other. */
  readonly place: Place | undefined
  /** Where the next one is; undefined when it is known that there is none. */
  readonly next: Place | undefined
}

/** The partitions of a round, one after the other. */
export interface Partitions {
  /**
   * The partition at a place, or the first one. Undefined: there is none. `lost`: the place is not there any more. `limit`: to look for it would
   * take more requests than a run may have.
   */
  find(place: Place | undefined): Found | undefined | 'lost' | 'limit' | Promise<Found | undefined | 'lost' | 'limit'>
}

const whole: Partition = { key: '', values: {} }

/** A source that is not fetched in parts. */
export const single: Partitions = { find: () => ({ partition: whole, place: undefined, next: undefined }) }
