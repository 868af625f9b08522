import { writeFile } from 'node:fs/promises'
import { temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { documentsOf, runEnds, startFleet } from './fleet.ts'
import { json, startSource } from './source.ts'

/** An adapter as somebody else would publish it: it has no copy of the port, and asks for it by name. */
const tides = `import { WeaverError } from '@data-weaver/contracts'
export default {
  id: 'tides', summary: 'Tides of a harbour.', mode: 'poll', example: { url: 'https://tides.example/brest' },
  config: { type: 'object', properties: { url: { type: 'string' } }, required: ['url'], additionalProperties: false },
  secrets: { type: 'object', properties: {}, additionalProperties: false },
  async *pages({ config, http }) {
    const response = await http.request({ url: config.url })
    if (response.status !== 200) throw new WeaverError('source_rejected', 'no tides today')
    yield { body: response.body, ...response.facts }
  },
  *records(page) {
    for (const tide of JSON.parse(new TextDecoder().decode(page.body))) yield { key: [tide.at], fields: tide }
  },
}
`

test('an adapter from outside fetches and becomes documents, and the API says where it is from', async () => {
  await using folder = await temporaryFolder('outside-adapter')
  await writeFile(folder.join('index.js'), tides)
  const manifest = { name: 'weaver-adapter-tides', version: '2.1.0', type: 'module', dataWeaver: { port: 1 } }
  await writeFile(folder.join('package.json'), JSON.stringify(manifest))
  let status = 200
  await using source = await startSource((_request, response) => json(response, [{ at: '2026-03-01T10:00Z', metres: 4.1 }], status))
  await using fleet = await startFleet({ env: { WEAVER_ADAPTERS: folder.path } })

  expect(await fleet.api.get('/v1/adapters/tides')).toMatchObject({
    id: 'tides',
    origin: { kind: 'package', package: 'weaver-adapter-tides', version: '2.1.0' },
  })
  expect(await fleet.api.get('/v1/adapters/iqair')).toMatchObject({ origin: { kind: 'builtIn' } })
  const config = { url: `${source.url}/brest` }
  await fleet.api.post('/v1/streams', { name: 'brest', adapter: 'tides', config, schedule: { manual: true } })
  await fleet.api.post('/v1/streams/brest/start', {})
  await fleet.api.post('/v1/streams/brest/trigger', {})
  expect(await runEnds(fleet.api, 'brest', ['succeeded'])).toMatchObject({ documents: 1 })
  expect(await documentsOf(fleet.api, 'brest')).toMatchObject([{ fields: { metres: 4.1 } }])

  status = 403
  await fleet.api.post('/v1/streams/brest/trigger', {})
  const failed = await runEnds(fleet.api, 'brest', ['failed'])
  expect(failed.error).toMatchObject({ code: 'source_rejected', message: 'no tides today' })
})
