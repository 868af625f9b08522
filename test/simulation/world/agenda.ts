/** What is to happen, ordered by time; of equal times what was entered first. A binary heap. */
export interface Entry {
  readonly at: number
  readonly order: number
  readonly fire: () => void
  /** Whose it is: it does not happen when that one is dead, and later when it is paused. */
  readonly owner: Owner | undefined
  cancelled: boolean
}

export interface Owner {
  readonly dead: boolean
  readonly paused: boolean
  readonly deferred: Entry[]
}

export class Agenda {
  readonly #heap: Entry[] = []
  /** How many were taken. */
  taken = 0
  #order = 0

  add(at: number, owner: Owner | undefined, fire: () => void): Entry {
    const entry: Entry = { at, order: (this.#order += 1), fire, owner, cancelled: false }
    this.#heap.push(entry)
    this.#up(this.#heap.length - 1)
    return entry
  }

  take(): Entry | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return undefined
    this.taken += 1
    if (heap.length > 0) {
      heap[0] = last
      this.#down()
    }
    return first
  }

  #up(from: number): void {
    const heap = this.#heap
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(heap[index] as Entry, heap[parent] as Entry)) return
      swap(heap, index, parent)
      index = parent
    }
  }

  #down(): void {
    const heap = this.#heap
    for (let index = 0; ;) {
      const left = 2 * index + 1
      if (left >= heap.length) return
      const right = left + 1
      const least = right < heap.length && before(heap[right] as Entry, heap[left] as Entry) ? right : left
      if (!before(heap[least] as Entry, heap[index] as Entry)) return
      swap(heap, index, least)
      index = least
    }
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function swap(heap: Entry[], a: number, b: number): void {
  const held = heap[a] as Entry
  heap[a] = heap[b] as Entry
  heap[b] = held
}
