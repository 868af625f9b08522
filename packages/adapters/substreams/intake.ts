import { WeaverError } from '@data-weaver/contracts'
import type { Block, Position } from './block.ts'
import type { ForkMemory } from './fork-memory.ts'
import { blockLine, type UndoLine } from './segment.ts'

/** Output of blocks that wait for older ones to be final, in bytes. They are in no page and no checkpoint, only in memory. */
const maxHeldBytes = 64 * 1024 * 1024

/** A segment in which there is nothing but the way it went is stored after this time, in milliseconds. */
const quietMs = 60_000

/** The first segment of a run with something in it comes this soon, whatever the limits, so that somebody who starts it sees it. Milliseconds. */
const firstMs = 1000

export interface SegmentLimits {
  /** Blocks with output. */
  readonly blocks: number
  readonly bytes: number
  readonly ms: number
}

/** What of a run's past its intake goes on from. */
export interface IntakeStart {
  readonly position: Position | undefined
  readonly memory: ForkMemory
  readonly final: number
}

export interface IntakeOptions {
  readonly limits: SegmentLimits
  /** Only final blocks come: there is nothing to take back. */
  readonly finalOnly: boolean
}

interface Gathered {
  /** Milliseconds by the monotonic clock. */
  readonly since: number
  readonly lines: { readonly number: number; readonly text: string }[]
  bytes: number
  readonly first: number
  last: number
}

/**
 * What came and is not stored yet: the segment that is being gathered, the blocks that wait for finality, and the place that a checkpoint
 * may name. It does no input or output and knows no clock.
 */
export class Intake {
  readonly memory: ForkMemory
  readonly #options: IntakeOptions
  #final: number
  #position: Position | undefined
  #moved = false
  #gathered: Gathered | undefined
  /** Whether a segment with something in it was stored. */
  #shown = false
  #held: Block[] = []
  #heldBytes = 0

  constructor(options: IntakeOptions, { position, memory, final }: IntakeStart) {
    this.#options = options
    this.#position = position
    this.#final = final
    this.memory = memory
  }

  /** Where the next run goes on once all that is gathered is stored. */
  get position(): Position | undefined {
    return this.#position
  }

  get final(): number {
    return this.#final
  }

  /** Blocks that wait until older ones are final. */
  get waiting(): number {
    return this.#held.length
  }

  /**
   * @param now milliseconds by the monotonic clock
   * @throws WeaverError `source_too_large` when too much waits.
   */
  receive(block: Block, now: number): void {
    this.#final = Math.max(this.#final, block.final)
    this.memory.settle(this.#final)
    this.#held.push(block)
    this.#heldBytes += block.output.byteLength
    while (this.#held[0] !== undefined && (this.#options.finalOnly || this.memory.admits(this.#held[0]))) {
      const next = this.#held.shift() as Block
      this.#heldBytes -= next.output.byteLength
      this.#gather(next, now)
    }
    if (this.#heldBytes > maxHeldBytes) {
      const problem = `${this.#held.length} blocks that are not final have more output than can wait in memory`
      throw new WeaverError('source_too_large', `${problem}. Set \`finalBlocksOnly\`, or raise \`undo.maxBytes\`.`)
    }
  }

  #gather(block: Block, now: number): void {
    const gathered = (this.#gathered ??= { since: now, lines: [], bytes: 0, first: block.number, last: block.number })
    gathered.last = block.number
    if (block.output.byteLength > 0) {
      const text = JSON.stringify(blockLine(block))
      gathered.lines.push({ number: block.number, text })
      gathered.bytes += text.length
      if (!this.#options.finalOnly) this.memory.remember(block)
    }
    this.#position = { cursor: block.cursor, block: { number: block.number, id: block.id } }
    this.#moved = true
  }

  /**
   * Takes back all above a position. What is not stored is dropped; for what is, answers the line that takes it back, and which must be
   * stored next.
   * @throws WeaverError `source_rejected` when what was stored there is not known any more.
   */
  undo(to: Position): UndoLine | undefined {
    const height = to.block.number
    if (this.#options.finalOnly || !this.memory.knowsAbove(height)) throw tooDeep(height, this.#final)
    this.#held = this.#held.filter(({ number }) => number <= height)
    this.#heldBytes = this.#held.reduce((sum, { output }) => sum + output.byteLength, 0)
    const unstored = new Set(this.#gathered?.lines.map(({ number }) => number))
    this.#dropAbove(height)
    const forgotten = this.memory.takeAbove(height).filter(({ number }) => !unstored.has(number))
    // Blocks that still wait are before this position, and in no page yet.
    if (this.#held.length === 0) this.#position = to
    this.#moved = true
    if (forgotten.length === 0) return undefined
    return { undo: to.block, forgotten: forgotten.map(blockLine), kept: this.memory.blocks.map(blockLine) }
  }

  #dropAbove(height: number): void {
    const gathered = this.#gathered
    if (gathered === undefined || gathered.last <= height) return
    if (gathered.first > height) {
      this.#gathered = undefined
      return
    }
    const lines = gathered.lines.filter(({ number }) => number <= height)
    this.#gathered = { ...gathered, lines, bytes: lines.reduce((sum, { text }) => sum + text.length, 0), last: height }
  }

  /** Forgets the blocks that wait: they will be sent again. */
  letGo(): void {
    this.#held = []
    this.#heldBytes = 0
  }

  /** Whether the segment is full. */
  get full(): boolean {
    const { blocks, bytes } = this.#options.limits
    return this.#gathered !== undefined && (this.#gathered.lines.length >= blocks || this.#gathered.bytes >= bytes)
  }

  /** When the segment is to be stored, full or not: milliseconds by the monotonic clock; undefined when there is nothing. */
  get dueAt(): number | undefined {
    if (this.#gathered === undefined) return undefined
    const { ms } = this.#options.limits
    const waits = this.#gathered.lines.length === 0 ? Math.max(quietMs, ms) : this.#shown ? ms : Math.min(firstMs, ms)
    return this.#gathered.since + waits
  }

  /** What is gathered, which is then stored; undefined when nothing changed since the last time. */
  take():
    | { readonly lines: readonly string[]; readonly range: { first: number; last: number } | undefined; readonly since: number | undefined }
    | undefined {
    const gathered = this.#gathered
    if (gathered === undefined && !this.#moved) return undefined
    this.#gathered = undefined
    this.#moved = false
    this.#shown ||= (gathered?.lines.length ?? 0) > 0
    return {
      lines: gathered?.lines.map(({ text }) => text) ?? [],
      range: gathered && { first: gathered.first, last: gathered.last },
      since: gathered?.since,
    }
  }
}

const tooDeep = (height: number, final: number): WeaverError =>
  new WeaverError(
    'source_rejected',
    `The endpoint takes back all blocks above ${height}, although it called those up to ${Math.max(final, height + 1)} final. ` +
      'What they wrote is not remembered any more. Reset the checkpoint of the stream to fetch it again from its start block.',
  )
