const key = 'weaver.watched'

/** Ids of the operations that were shown in this tab before it was loaded again. */
export function watchedBefore(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

export function keepWatched(ids: readonly string[]): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(ids))
  } catch {
    // A browser that keeps nothing forgets them with the page; they stand under Operations.
  }
}
