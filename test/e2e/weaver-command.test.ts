import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { spawnNode } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { runEnds, startFleet } from './fleet.ts'
import { json, startSource } from './source.ts'

const script = fileURLToPath(new URL('../../services/cli/src/main.ts', import.meta.url))

/** Types a command; answers its status and all that it printed. */
async function weaver(args: readonly string[], env: Record<string, string>): Promise<{ status: number | null; printed: string }> {
  await using child = spawnNode(script, { args, env })
  const { code } = await child.exited
  return { status: code, printed: child.output() }
}

test('the command weaver lists, starts, triggers and stops streams of a running supervisor', async () => {
  await using source = await startSource((_request, response) => json(response, [{ id: 'a' }, { id: 'b' }]))
  await using fleet = await startFleet()
  const env = { WEAVER_URL: fleet.address, WEAVER_TOKEN: 'test-admin-token-0123456789' }
  expect(await weaver(['streams'], env)).toEqual({ status: 0, printed: 'There are none.\n' })
  const config = { request: { url: source.url }, primaryKey: ['id'] }
  await fleet.api.post('/v1/streams', { name: 'items', adapter: 'http', config, schedule: { manual: true } })
  expect(await weaver(['streams', 'start', 'items'], env)).toEqual({ status: 0, printed: 'items: start is done\n' })
  const triggered = await weaver(['streams', 'trigger', 'items'], env)
  expect(triggered).toMatchObject({ status: 0, printed: expect.stringMatching(/^items: run [0-9a-f-]{36} is \w+\n$/) })
  await runEnds(fleet.api, 'items', ['succeeded'])
  const streams = await weaver(['streams'], env)
  expect(streams.printed).toMatch(/^name +adapter +desired .*\nitems +http +started /)
  const runs = await weaver(['runs', 'items'], env)
  expect(runs.printed).toMatch(/^run +state +trigger .*\n[0-9a-f-]{36} +succeeded +manual +1 +2\n$/)
  const asJson = await weaver(['runs', 'items', '--json', '--limit', '1'], env)
  expect(JSON.parse(asJson.printed)).toMatchObject({ state: 'succeeded', documents: 2 })
  expect(await weaver(['streams', 'stop', 'items'], env)).toEqual({ status: 0, printed: 'items: stop is done\n' })
  expect(await fleet.api.get('/v1/streams/items')).toMatchObject({ desired: 'stopped' })

  const unknown = await weaver(['streams', 'start', 'itmes'], env)
  expect(unknown).toMatchObject({ status: 1, printed: expect.stringMatching(/^not_found: /) })
  const stranger = await weaver(['streams'], { ...env, WEAVER_TOKEN: 'not-the-right-token' })
  expect(stranger).toMatchObject({ status: 1, printed: expect.stringMatching(/^unauthorized: /) })
})

test('a stop answers when all have acknowledged it, however long that takes', async () => {
  const id = '0190a000-0000-7000-8000-000000000001'
  let asked = 0
  const operation = (state: string) => ({ id, action: 'stop', state, runs: { told: 2, acknowledged: asked }, error: null })
  const server = createServer((request, response) => {
    const answer = request.method === 'POST' ? operation('waiting') : operation((asked += 1) === 2 ? 'completed' : 'waiting')
    response.writeHead(request.method === 'POST' ? 202 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const env = { WEAVER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, WEAVER_TOKEN: 'a-token-of-some-length' }
  const stopped = await weaver(['streams', 'stop', 'items'], env)
  expect(stopped).toEqual({
    status: 0,
    printed: 'It is in force; 0 of 2 runs and deliveries have ended. Waiting for the others.\nitems: stop is done\n',
  })
  expect(asked).toBe(2)
  expect(await weaver(['streams', 'stop', '..'], env)).toMatchObject({
    status: 1,
    printed: expect.stringMatching(/^not_found: .*\n +"\.\." is no id\n$/),
  })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('the command weaver says where it looked for the API, and what it lacks', async () => {
  const server = createServer((_request, response) => response.writeHead(404).end('a page of somebody else')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const other = await weaver(['streams'], { WEAVER_URL: url, WEAVER_TOKEN: 'a-token-of-some-length' })
  expect(other).toMatchObject({ status: 1, printed: expect.stringContaining(`${url} answered 404, which is no answer of the API`) })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  const nobody = await weaver(['streams'], { WEAVER_URL: url, WEAVER_TOKEN: 'a-token-of-some-length' })
  expect(nobody).toMatchObject({ status: 1, printed: expect.stringMatching(/^api_unreachable: .*Is it running there\? Set WEAVER_URL/s) })
  const twoLines = await weaver(['streams'], { WEAVER_URL: url, WEAVER_TOKEN: 'a-token\nof two lines' })
  expect(twoLines).toMatchObject({ status: 78, printed: expect.stringContaining('WEAVER_TOKEN must match pattern') })
  const tokenless = await weaver(['streams'], { WEAVER_URL: 'https://weaver.example.com' })
  expect(tokenless).toMatchObject({ status: 78, printed: expect.stringContaining('WEAVER_TOKEN is not set') })
})
