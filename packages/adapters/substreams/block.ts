import type { BlockFacts } from './output.ts'

/** A block as the endpoint sent it, as far as it is kept. */
export interface Block extends BlockFacts {
  /** Where to go on after it. */
  readonly cursor: string
  /** The height up to which nothing is undone any more, as the endpoint knew it then. */
  readonly final: number
  /** The message that the output module gave; empty when it gave none. */
  readonly output: Uint8Array
}

export interface BlockPlace {
  readonly number: number
  readonly id: string
}

/** A place to go on from: everything up to this block is known. */
export interface Position {
  readonly cursor: string
  readonly block: BlockPlace
}
