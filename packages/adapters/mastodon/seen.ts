/** Ids that are remembered. A gap's end is fetched while the first live messages wait, and several streams may carry one post: both are soon over. */
const mostIds = 1000

/** The posts that were stored lately, so that none is stored twice. */
export class Seen {
  readonly #ids = new Set<string>()

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    this.#ids.delete(id)
    this.#ids.add(id)
    if (this.#ids.size <= mostIds) return
    const [oldest] = this.#ids
    if (oldest !== undefined) this.#ids.delete(oldest)
  }
}
