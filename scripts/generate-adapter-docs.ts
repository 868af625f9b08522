import { readFile } from 'node:fs/promises'
import { adapterReference, adapters } from '@data-weaver/adapters'

/** The pages of the adapters, by path from the root of the repository: each adapter's schema, with what its readme.md says. */
export async function adapterDocs(): Promise<Map<string, string>> {
  const pages = await Promise.all(
    adapters.map(async (adapter): Promise<[string, string]> => {
      const notes = await readFile(new URL(`../packages/adapters/${adapter.id}/readme.md`, import.meta.url), 'utf8')
      return [`docs/adapters/${adapter.id}.md`, adapterReference(adapter, notes)]
    }),
  )
  return new Map(pages.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
