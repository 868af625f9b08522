/** A block of the made up chain. */
export interface ChainBlock {
  readonly number: number
  readonly id: string
  readonly parent: ChainBlock | undefined
  readonly output: Uint8Array
}

/** A chain that grows and forks, with everybody told who waits for it. */
export class Chain {
  readonly first: number
  /** Blocks below the head that can still be forgotten. */
  readonly depth: number
  readonly #all = new Map<string, ChainBlock>()
  readonly #waiting = new Set<() => void>()
  #head: ChainBlock | undefined
  #final: number
  #made = 0

  constructor({ first = 100, depth = 10 }: { first?: number; depth?: number } = {}) {
    this.first = first
    this.depth = depth
    this.#final = first - 1
  }

  get head(): ChainBlock | undefined {
    return this.#head
  }

  /** Highest block that nobody forgets. */
  get final(): number {
    return this.#final
  }

  /** The blocks that hold, oldest first. */
  get blocks(): ChainBlock[] {
    const found: ChainBlock[] = []
    for (let block = this.#head; block !== undefined; block = block.parent) found.unshift(block)
    return found
  }

  at(number: number): ChainBlock | undefined {
    let block = this.#head
    while (block !== undefined && block.number > number) block = block.parent
    return block?.number === number ? block : undefined
  }

  byId(id: string): ChainBlock | undefined {
    return this.#all.get(id)
  }

  push(...outputs: readonly Uint8Array[]): void {
    for (const output of outputs) {
      const number = this.#head === undefined ? this.first : this.#head.number + 1
      this.#made += 1
      const block = { number, id: `${number.toString(16)}x${this.#made}`, parent: this.#head, output }
      this.#all.set(block.id, block)
      this.#head = block
      this.#final = Math.max(this.#final, number - this.depth)
    }
    this.#tell()
  }

  /** Forgets all above a block, and goes on with others. */
  fork(above: number, ...outputs: readonly Uint8Array[]): void {
    while (this.#head !== undefined && this.#head.number > above) this.#head = this.#head.parent
    if (outputs.length > 0) this.push(...outputs)
    else this.#tell()
  }

  /** Calls back once, when something has changed. */
  whenChanged(callback: () => void): () => void {
    this.#waiting.add(callback)
    return () => this.#waiting.delete(callback)
  }

  #tell(): void {
    const told = [...this.#waiting]
    this.#waiting.clear()
    for (const callback of told) callback()
  }
}

export const cursorOf = (block: ChainBlock): string => `c:${block.id}`
