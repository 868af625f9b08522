import { cp, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { runEnds, startFleet } from './fleet.ts'
import { json, startSource } from './source.ts'

const script = fileURLToPath(new URL('../../services/cli/src/main.ts', import.meta.url))
const applicationPackage = fileURLToPath(new URL('../../deploy/vespa', import.meta.url))

async function weaver(args: readonly string[], env: Record<string, string> = {}): Promise<{ status: number | null; printed: string }> {
  await using child = spawnNode(script, { args, env })
  const { code } = await child.exited
  return { status: code, printed: child.output() }
}

test('weaver vespa schema proposes a schema for a stream, and refuses what Vespa would refuse', { timeout: 120_000 }, async () => {
  const items = [
    { id: 'a', name: 'A name of words', size: 1.5, lat: 1, lng: 2, tags: ['x'] },
    { id: 'b', name: 'B', size: 2, lat: 3, lng: 4, tags: [] },
  ]
  await using source = await startSource((_request, response) => json(response, items))
  await using fleet = await startFleet()
  await using folder = await temporaryFolder('vespa-command')
  const env = { WEAVER_URL: fleet.address, WEAVER_TOKEN: 'test-admin-token-0123456789' }
  const config = { request: { url: source.url }, primaryKey: ['id'] }
  await fleet.api.post('/v1/streams', { name: 'some-items', adapter: 'http', config, schedule: { manual: true } })
  await fleet.api.post('/v1/streams/some-items/start')
  await fleet.api.post('/v1/streams/some-items/trigger')
  await runEnds(fleet.api, 'some-items', ['succeeded'])

  const told = await weaver(['vespa', 'schema', 'some-items'], env)
  expect(told.status).toBe(0)
  expect(told.printed).toContain('document some_items inherits weaver {')
  expect(told.printed).toContain('field name type string {')
  expect(told.printed).toContain('Told by 2 documents of 1 stored results.')
  const { printed } = await weaver(['vespa', 'schema', 'some-items', '--document-type', 'item', '--json'], env)
  const proposal = JSON.parse(printed) as { schema: string; sink: object }
  expect(proposal.sink).toEqual({
    type: 'vespa',
    documentType: 'item',
    fields: {
      id: { from: 'id', type: 'string' },
      name: { from: 'name', type: 'string' },
      size: { from: 'size', type: 'double' },
      tags: { from: 'tags', type: 'array<string>' },
      location: { lat: 'lat', lng: 'lng' },
    },
  })

  const deployed = folder.join('deployed')
  await cp(applicationPackage, deployed, { recursive: true })
  const file = folder.join('deployed', 'schemas', 'item.sd')
  await writeFile(file, proposal.schema)
  const against = (path: string) => weaver(['vespa', 'schema', 'some-items', '--document-type', 'item', '--against', path], env)
  expect((await against(file)).status).toBe(0)
  expect((await against(deployed)).status).toBe(0)
  await writeFile(file, proposal.schema.replace('field size type double', 'field size type long'))
  for (const path of [file, deployed]) {
    expect(await against(path)).toEqual({ status: 1, printed: expect.stringContaining('item.size is long and becomes double') })
  }

  const next = folder.join('next')
  await cp(deployed, next, { recursive: true })
  expect(await weaver(['vespa', 'check', next, '--against', deployed])).toEqual({
    status: 0,
    printed: expect.stringContaining('article, earthquake, item, weaver'),
  })
  const article = folder.join('next', 'schemas', 'article.sd')
  await writeFile(article, (await readFile(article, 'utf8')).replace('tensor<bfloat16>(x[384])', 'tensor<bfloat16>(x[768])'))
  expect(await weaver(['vespa', 'check', next, '--against', deployed])).toEqual({
    status: 1,
    printed: expect.stringContaining('article.embedding is tensor<bfloat16>(x[384]) and becomes tensor<bfloat16>(x[768])'),
  })
  expect((await weaver(['vespa', 'check', next])).status).toBe(1)

  // This supervisor has no Vespa.
  expect(await weaver(['vespa', 'audit'], env)).toEqual({ status: 1, printed: expect.stringContaining('WEAVER_VESPA_URL is not set') })
})
