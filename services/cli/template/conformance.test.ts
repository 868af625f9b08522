import { describeAdapter, describeFixtures } from '@data-weaver/adapters/conformance'
import { mySource } from './index.ts'

const item = (id: string) => ({ id, name: `Item ${id}` })
const answers: Readonly<Record<string, object>> = {
  '1': { items: [item('a'), item('b')], next: 2 },
  '2': { items: [item('c')], next: null },
}

// What every adapter has to pass: aborts, resuming, limits, broken answers, secrets. The suite runs a real server that answers like this.
describeAdapter({
  adapter: mySource,
  scenarios: [
    {
      name: 'a list of two pages',
      secretNames: ['key'],
      config: (origin) => ({ endpoint: `${origin}/v1`, list: 'items' }),
      answer({ url, headers }, { key }) {
        if (headers['x-api-key'] !== key) return { status: 401, body: { error: 'no such key' } }
        const page = url.pathname === '/v1/items' ? answers[url.searchParams.get('page') ?? ''] : undefined
        return page === undefined ? { status: 404, body: { error: 'no such page' } } : { body: page }
      },
      pages: [[['a'], ['b']], [['c']]],
      irregular: { body: { items: [item('a'), { name: 'no id' }, item('a'), null] }, keys: [['a'], null, ['a'], null] },
    },
  ],
})

// Pages as the source really gave them, and the documents that they have to become.
describeFixtures(mySource, new URL('fixtures/', import.meta.url))
