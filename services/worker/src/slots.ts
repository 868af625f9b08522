/**
 * Places for work, shared fairly between lanes: when one falls free it goes to the lane that uses the fewest, so that many jobs of one
 * tenant do not hold back another's one.
 */
export class Slots {
  readonly #limit: number
  readonly #used = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()
  #free: number

  constructor(limit: number) {
    this.#limit = limit
    this.#free = limit
  }

  /** How many are in use. */
  get used(): number {
    return this.#limit - this.#free
  }

  /** Takes a place if one is free at once. */
  tryTake(lane: string): boolean {
    if (this.#free === 0) return false
    this.#take(lane)
    return true
  }

  /** Takes a place as soon as there is one for this lane. */
  async take(lane: string): Promise<void> {
    if (this.tryTake(lane)) return
    await new Promise<void>((resolve) => {
      const line = this.#waiting.get(lane)
      if (line === undefined) this.#waiting.set(lane, [resolve])
      else line.push(resolve)
    })
  }

  release(lane: string): void {
    const left = (this.#used.get(lane) ?? 1) - 1
    if (left === 0) this.#used.delete(lane)
    else this.#used.set(lane, left)
    this.#free += 1
    this.#grant()
  }

  #take(lane: string): void {
    this.#free -= 1
    this.#used.set(lane, (this.#used.get(lane) ?? 0) + 1)
  }

  #grant(): void {
    let next: string | undefined
    for (const lane of this.#waiting.keys()) {
      if (next === undefined || (this.#used.get(lane) ?? 0) < (this.#used.get(next) ?? 0)) next = lane
    }
    if (next === undefined) return
    const line = this.#waiting.get(next) as (() => void)[]
    const resolve = line.shift()
    if (line.length === 0) this.#waiting.delete(next)
    this.#take(next)
    resolve?.()
  }
}
