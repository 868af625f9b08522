import { describe, expect, it } from 'vitest'
import { expectedFiles, firstDifference, staleFiles } from '../../scripts/generated-files.ts'
import { type Generator, generators } from '../../scripts/generators.ts'

const makes = (name: string, files: Record<string, string>, folder?: string): Generator => ({
  name,
  files: async () => new Map(Object.entries(files)),
  ...(folder === undefined ? {} : { folder }),
})

describe('generated files', () => {
  it('come from all generators', async () => {
    expect(await expectedFiles([makes('a', { 'docs/a.md': 'A' }), makes('b', { 'docs/b.md': 'B' })])).toEqual([
      { name: 'a', path: 'docs/a.md', content: 'A' },
      { name: 'b', path: 'docs/b.md', content: 'B' },
    ])
  })

  it('are made by one generator each', async () => {
    await expect(expectedFiles([makes('a', { 'docs/a.md': 'A' }), makes('b', { 'docs/a.md': 'B' })])).rejects.toThrow(
      'docs/a.md is made by a and by b',
    )
  })

  it('are stale when nothing makes them any more', async () => {
    const some = [makes('a', { 'docs/a/new.md': '' }, 'docs/a'), makes('b', { 'docs/b.md': '' })]
    const list = async (folder: string) => [`${folder}/new.md`, `${folder}/old.md`]
    expect(await staleFiles(some, await expectedFiles(some), list)).toEqual(['docs/a/old.md'])
  })

  it('differ at a line', () => {
    expect(firstDifference('a\nb\nc', 'a\nx\nc')).toBe(2)
    expect(firstDifference('a\nb', 'a\nb\nc')).toBe(3)
    expect(firstDifference('a\nb\nc', 'a\nb')).toBe(3)
  })

  it('are the same each time they are made, end with one line break and have no loose ends', async () => {
    const [first, second] = [await expectedFiles(generators), await expectedFiles(generators)]
    expect(second).toEqual(first)
    for (const { path, content } of first) {
      expect(content, path).toMatch(/[^\n]\n$/)
      expect(content, path).not.toMatch(/undefined|\[object Object\]|[ \t]\n/)
    }
  })
})
