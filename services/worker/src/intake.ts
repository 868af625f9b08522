import type { Consumer } from '@data-weaver/queue'

/** What a worker takes from the queues, lane by lane; lanes may be added while it runs. */
export class Intake {
  readonly #consume: (lane: string) => Promise<readonly Consumer[]>
  readonly #lanes = new Map<string, Promise<readonly Consumer[]>>()
  #paused = false
  #closed = false

  /** `consume` begins to take the jobs of a lane. */
  constructor(consume: (lane: string) => Promise<readonly Consumer[]>) {
    this.#consume = consume
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Takes these lanes as well; those that are open stay as they are. */
  async open(lanes: readonly string[]): Promise<void> {
    if (this.#closed || this.#paused) return
    for (const lane of lanes) if (!this.#lanes.has(lane)) this.#lanes.set(lane, this.#consume(lane))
    await Promise.all(this.#lanes.values())
  }

  pause(paused: boolean): void {
    if (paused === this.#paused || this.#closed) return
    this.#paused = paused
    for (const lane of this.#lanes.values()) {
      void lane.then((consumers) => consumers.forEach((consumer) => (paused ? void consumer.pause() : consumer.resume())))
    }
  }

  /** Takes no new jobs and waits for those under way, at most `limitMs` each. */
  async close(limitMs: number): Promise<void> {
    this.#closed = true
    const consumers = (await Promise.all(this.#lanes.values())).flat()
    await Promise.all(consumers.map((consumer) => consumer.close(limitMs)))
  }
}
