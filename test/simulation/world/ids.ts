let count = 0

/** Begins again with the first id. */
export function resetIds(): void {
  count = 0
}

/**
 * In the threads of the simulation this stands in place of the library that makes ids of time and randomness: ids that grow, the same in
 * every run of a seed.
 */
export function v7(): string {
  count += 1
  const digits = count.toString(16).padStart(12, '0')
  return `00000000-0000-7000-8000-${digits}`
}
