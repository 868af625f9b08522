import { createDatabase } from '@data-weaver/testkit'
import { describeSink } from '../src/conformance.ts'
import { postgres } from './index.ts'

describeSink(
  'the postgres sink',
  async () => {
    const database = await createDatabase()
    const sink = await postgres.open({ ledgerUrl: database.url }, {})
    return {
      sink,
      read: (tenant, id) => sink.find(tenant, id),
      async close() {
        await sink.close()
        await database.drop()
      },
    }
  },
  {
    refused: [
      { a: 'nul \u0000' },
      { a: { deep: ['\ud83d'] } },
      { 'name\u0000': 1 },
      { '\udc00': 1 },
      { ok: '\\u0000', a: '\\\u0000' },
      nested(20_000),
    ],
  },
)

/** Arrays in arrays, deeper than either side takes. */
function nested(depth: number): { a: never } {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = [value]
  return { a: value as never }
}
