import type { Generator } from './generators.ts'

export interface Expected {
  readonly name: string
  readonly path: string
  readonly content: string
}

/** All that is generated, in order. Two generators for one file are a mistake. */
export async function expectedFiles(generators: readonly Generator[]): Promise<Expected[]> {
  const byPath = new Map<string, Expected>()
  for (const { name, files } of generators) {
    for (const [path, content] of await files()) {
      const other = byPath.get(path)
      if (other !== undefined) throw new Error(`${path} is made by ${other.name} and by ${name}`)
      byPath.set(path, { name, path, content })
    }
  }
  return [...byPath.values()]
}

/** Files in the generators' own folders that no generator makes any more. */
export async function staleFiles(
  generators: readonly Generator[],
  expected: readonly Expected[],
  list: (folder: string) => Promise<string[]>,
): Promise<string[]> {
  const made = new Set(expected.map(({ path }) => path))
  const present = await Promise.all(generators.flatMap(({ folder }) => (folder === undefined ? [] : [list(folder)])))
  return present.flat().filter((path) => !made.has(path))
}

/** The number of the first line, from 1, in which two texts differ. */
export function firstDifference(present: string, expected: string): number {
  const lines = present.split('\n')
  const index = expected.split('\n').findIndex((line, at) => line !== lines[at])
  return index === -1 ? expected.split('\n').length + 1 : index + 1
}
