import { fileURLToPath } from 'node:url'
import { findVespa, startVespa } from '@data-weaver/testkit'
import { describe } from 'vitest'
import { describeSink } from '../src/conformance.ts'
import { vespa } from './index.ts'
import { storedDocument } from './test/stored.ts'

const folder = await findVespa()
const applicationPackage = fileURLToPath(new URL('../../../deploy/vespa', import.meta.url))

describe.skipIf(folder === undefined)('on Vespa’s document handler', () => {
  describeSink(
    'the vespa sink',
    async () => {
      const server = await startVespa(folder ?? '', applicationPackage)
      const shape = { namespace: 'weaver', documentType: 'earthquake', fields: { title: 'words', magnitude: 'number', time: 'whole' } }
      const sink = await vespa.open({ ledgerUrl: '', vespaUrl: server.url }, shape)
      return {
        sink,
        read: (tenant, id) => storedDocument(server.url, shape, tenant, id),
        async close() {
          await sink.close()
          await server.stop()
        },
      }
    },
    {
      refused: [
        { number: 'many' },
        { whole: 1.5 },
        { words: ['a', 'b'] },
        { words: 'control \u0001' },
        { words: '\ud83d' },
        nested(20_000),
      ],
    },
  )
})

/** Arrays in arrays, deeper than JSON is written. */
function nested(depth: number): { a: never } {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = [value]
  return { a: value as never }
}
