import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { JsonObject } from '@data-weaver/contracts'
import Type, { type Static } from 'typebox'
import type { Block } from './block.ts'
import type { BlockFacts } from './output.ts'

// The endpoint says that all above a block is forgotten, but not what was there; and a page is read by itself. So the checkpoint carries the
// output of the blocks that may still be forgotten, and of some final ones before them. At an undo both go into the page that takes the
// documents back: what the forgotten blocks wrote is deleted, or written again as the last block that still holds wrote it.

const strict = { additionalProperties: false } as const

export const Remembered = Type.Object(
  {
    /** Highest block with output that was stored and is not remembered: nothing at or below it can be taken back. */
    floor: Type.Integer({ minimum: -1 }),
    /** Oldest first; the output is compressed, in base64. */
    blocks: Type.Array(
      Type.Object(
        { n: Type.Integer({ minimum: 0 }), id: Type.String(), t: Type.Union([Type.String(), Type.Null()]), o: Type.String() },
        strict,
      ),
    ),
  },
  strict,
)
export type Remembered = Static<typeof Remembered>

/** A block that the memory has. */
export interface Memory extends BlockFacts {
  readonly output: Uint8Array
}

interface Entry extends Memory {
  /** Made when the checkpoint is first written with it. */
  packed: string | undefined
}

export interface ForkLimits {
  /** Most output of blocks that are not final, in bytes before compression. */
  readonly maxBytes: number
  /** Most output of final blocks, likewise. */
  readonly restoreBytes: number
}

/** Largest output of one block that is unpacked from a checkpoint, in bytes. */
const maxUnpackedBytes = 256 * 1024 * 1024

export class ForkMemory {
  readonly #limits: ForkLimits
  #entries: Entry[] = []
  #floor = -1
  /** Bytes of the entries that are not final, and of those that are. */
  #open = 0
  #settled = 0
  #final = -1

  constructor(limits: ForkLimits) {
    this.#limits = limits
  }

  static from(limits: ForkLimits, { floor, blocks }: Remembered): ForkMemory {
    const memory = new ForkMemory(limits)
    memory.#floor = floor
    memory.#entries = blocks.map(({ n, id, t, o }) => ({
      number: n,
      id,
      time: t,
      output: inflateRawSync(Buffer.from(o, 'base64'), { maxOutputLength: maxUnpackedBytes }),
      packed: o,
    }))
    memory.#open = sizeOf(memory.#entries)
    return memory
  }

  /** Everything up to this height is final. It never goes back. */
  settle(final: number): void {
    if (final <= this.#final) return
    this.#final = final
    let settled = 0
    while ((this.#entries[settled]?.number ?? Infinity) <= final) settled += 1
    this.#settled = sizeOf(this.#entries.slice(0, settled))
    this.#open = sizeOf(this.#entries) - this.#settled
    this.#trim()
  }

  /** Whether the output of this block can be remembered now. A block that is final can always, and one that is larger than all there is room for, alone. */
  admits({ number, output }: Block): boolean {
    return output.byteLength === 0 || number <= this.#final || this.#open === 0 || this.#open + output.byteLength <= this.#limits.maxBytes
  }

  remember({ number, id, time, output }: Block): void {
    if (output.byteLength === 0) return
    this.#entries.push({ number, id, time, output, packed: undefined })
    if (number > this.#final) {
      this.#open += output.byteLength
      return
    }
    this.#settled += output.byteLength
    this.#trim()
  }

  /** Whether all that was stored above this height is still known. */
  knowsAbove(height: number): boolean {
    return this.#floor <= height
  }

  /** Forgets the blocks above a height and answers them, oldest first. */
  takeAbove(height: number): readonly Memory[] {
    const from = this.#entries.findIndex(({ number }) => number > height)
    if (from === -1) return []
    const taken = this.#entries.splice(from)
    for (const { number, output } of taken) {
      if (number <= this.#final) this.#settled -= output.byteLength
      else this.#open -= output.byteLength
    }
    return taken
  }

  get blocks(): readonly Memory[] {
    return this.#entries
  }

  toJson(): JsonObject {
    return {
      floor: this.#floor,
      blocks: this.#entries.map((entry) => ({ n: entry.number, id: entry.id, t: entry.time, o: (entry.packed ??= packed(entry.output)) })),
    }
  }

  /** Lets go of the oldest final blocks that there is no room for. */
  #trim(): void {
    let gone = 0
    while (this.#settled > this.#limits.restoreBytes) {
      const entry = this.#entries[gone]
      if (entry === undefined) break
      this.#settled -= entry.output.byteLength
      this.#floor = Math.max(this.#floor, entry.number)
      gone += 1
    }
    if (gone > 0) this.#entries.splice(0, gone)
  }
}

const sizeOf = (entries: readonly Entry[]): number => entries.reduce((sum, { output }) => sum + output.byteLength, 0)
const packed = (output: Uint8Array): string => deflateRawSync(output).toString('base64')
