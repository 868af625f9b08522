/** The last so many durations, for percentiles. */
export class LatencyRing {
  readonly #values: Float64Array
  #count = 0

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity)
  }

  add(ms: number): void {
    this.#values[this.#count % this.#values.length] = ms
    this.#count += 1
  }

  /** @param share in [0, 1] */
  percentile(share: number): number {
    const known = this.#values.slice(0, Math.min(this.#count, this.#values.length)).sort()
    return known[Math.min(known.length - 1, Math.floor(share * known.length))] ?? 0
  }
}
