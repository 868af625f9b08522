/** Lines kept for the end of a report. */
const kept = 400

/** What happened, as one number that tells runs apart, and the last lines of it. */
export class Trace {
  readonly #lines: string[] = []
  readonly #all: boolean
  #high = 0xdeadbeef
  #low = 0x41c6ce57
  #count = 0

  /** `all`: every line is kept. */
  constructor(all: boolean) {
    this.#all = all
  }

  add(at: number, who: string, what: string): void {
    const line = `${(at / 1000).toFixed(3)} ${who} ${what}`
    for (let index = 0; index < line.length; index += 1) {
      const code = line.charCodeAt(index)
      this.#high = Math.imul(this.#high ^ code, 2654435761)
      this.#low = Math.imul(this.#low ^ code, 1597334677)
    }
    this.#count += 1
    this.#lines.push(line)
    if (!this.#all && this.#lines.length > 2 * kept) this.#lines.splice(0, kept)
  }

  get hash(): string {
    return `${(this.#high >>> 0).toString(16).padStart(8, '0')}${(this.#low >>> 0).toString(16).padStart(8, '0')}-${this.#count}`
  }

  tail(lines: number): readonly string[] {
    return this.#lines.slice(-lines)
  }
}
