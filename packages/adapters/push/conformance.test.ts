import { describe, expect, it } from 'vitest'
import { describeDeclaration } from '../src/conformance/described.ts'
import { describeFixtures } from '../src/conformance/described-fixtures.ts'
import { push } from './index.ts'

// It asks nothing of a source, so there is nothing of the suite for sources to play.
describe('conformance of push', () => {
  describeDeclaration(push)
  describeFixtures(push, new URL('fixtures/', import.meta.url))

  it('says that there is nothing to fetch', async () => {
    const pages = push.pages({ config: {} } as Parameters<typeof push.pages>[0])
    await expect(pages[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'not_polled' })
  })
})
