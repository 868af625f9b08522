import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Doc } from '@data-weaver/contracts'
import { findVespa, startVespa } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { vespa } from './index.ts'
import { openReader } from './search.ts'

const folder = await findVespa()
const applicationPackage = fileURLToPath(new URL('../../../deploy/vespa', import.meta.url))
const never = new AbortController().signal

describe.skipIf(folder === undefined)('on Vespa’s document handler', () => {
  it('a document is read back as it was fed, until it is deleted', async () => {
    await using stack = new AsyncDisposableStack()
    const server = await startVespa(folder ?? '', applicationPackage)
    stack.defer(() => server.stop())
    const options = { namespace: 'weaver', documentType: 'weaver', fields: {} }
    const sink = await vespa.open({ ledgerUrl: '', vespaUrl: server.url }, options)
    stack.defer(() => sink.close())
    const reader = openReader({ vespaUrl: server.url })
    stack.defer(() => reader.close())
    const lineage = {
      resultId: randomUUID(),
      record: 3,
      runId: randomUUID(),
      streamId: randomUUID(),
      streamVersion: 4,
      transformVersion: 2,
    }
    const fields = { place: 'Ōtaki, “far away”', mag: 7.1, tags: ['a', { b: null }] }
    const doc: Doc = { id: 'quakes:ci/1', tenant: 'default', stream: 'quakes', seq: 7, deleted: false, fields, lineage }
    expect(await reader.find(options, 'default', doc.id, never)).toBeUndefined()
    expect(await sink.upsert([doc], never)).toEqual([])
    const found = await reader.find(options, 'default', doc.id, never)
    expect(found).toMatchObject({ id: doc.id, stream: 'quakes', seq: 7, fields, lineage, revision: null })
    expect(await reader.find(options, 'other', doc.id, never)).toBeUndefined()
    expect(await sink.upsert([{ ...doc, seq: 8, deleted: true }], never)).toEqual([])
    expect(await reader.find(options, 'default', doc.id, never)).toBeUndefined()
  })
})
