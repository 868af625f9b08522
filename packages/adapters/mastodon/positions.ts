import type { Json, JsonObject } from '@data-weaver/contracts'
import { laterId } from './status-id.ts'
import type { Timeline } from './timeline.ts'

/** The latest post of each timeline: where one goes on. */
export class Positions {
  readonly #ids = new Map<string, string>()
  readonly #keys: ReadonlySet<string>

  constructor(timelines: readonly Timeline[]) {
    this.#keys = new Set(timelines.map(({ key }) => key))
  }

  of({ key }: Timeline): string | undefined {
    return this.#ids.get(key)
  }

  /** A post may come late, with an earlier id than those before it: the latest id counts. */
  move(key: string, id: string): void {
    if (this.#keys.has(key)) this.#ids.set(key, laterId(this.#ids.get(key), id))
  }

  /** Takes over what a checkpoint says of the timelines that are still followed. */
  take(position: Json | undefined): void {
    if (typeof position !== 'object' || position === null || Array.isArray(position)) return
    for (const [key, id] of Object.entries(position)) if (typeof id === 'string' && id !== '') this.move(key, id)
  }

  /** For a checkpoint; undefined while there is nothing to go on from. */
  toJson(): JsonObject | undefined {
    return this.#ids.size === 0 ? undefined : Object.fromEntries(this.#ids)
  }
}
