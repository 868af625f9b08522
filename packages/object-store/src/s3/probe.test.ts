import { type Log, silentLog } from '@data-weaver/contracts'
import type { Answer, Script } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  deleted,
  failure,
  listed,
  type Opening,
  type PlayedStore,
  playedStore,
  stored,
  body,
  json,
  key,
  never,
  thrown,
} from '../../test/played-store.ts'

let played: PlayedStore
let server: PlayedStore['server']

beforeEach(async () => {
  played = await playedStore()
  server = played.server
})
afterEach(() => played[Symbol.asyncDispose]())

const open = (opening?: Opening) => played.open(opening)
const play = (script: Script): void => server.play(script)

describe('a store that does not honour If-None-Match', () => {
  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) }
  beforeEach(() => void warnings.splice(0))

  test('is found out by the first probe, which says so once; puts then look first', async () => {
    const store = open({ log })
    play(({ method, query }) => (method === 'GET' ? listed([]) : query.has('delete') ? deleted : stored))
    await store.probe(never)
    await store.probe(never)
    expect(warnings).toEqual([expect.stringContaining('If-None-Match')])
    play(({ method }) => ({ status: method === 'HEAD' ? 200 : 500 }))
    expect(await store.put(key, body, json)).toEqual({ created: false })
    play(({ method }) => ({ ...stored, status: method === 'HEAD' ? 404 : 200 }))
    expect(await store.put(key, body, json)).toEqual({ created: true })
    expect((await server.requested(server.requests.length)).headers['if-none-match']).toBeUndefined()
  })

  test('or refuses it is put to without', async () => {
    const store = open({ log })
    play(({ method, headers }) => {
      if (method === 'HEAD') return { status: 404 }
      return 'if-none-match' in headers ? failure(501, 'NotImplemented') : stored
    })
    expect(await store.put(key, body, json)).toEqual({ created: true })
    expect(await store.put('results/run/other', body, json)).toEqual({ created: true })
    expect(warnings).toHaveLength(1)
    expect(server.requests.filter(({ headers }) => 'if-none-match' in headers)).toHaveLength(1)
  })
})

describe('a probe', () => {
  test('takes away what dead probes left, and the bucket it made', async () => {
    const old = listed(['~probe/old'])
    let there = true
    let probes = 0
    play(({ method, path, query }) => {
      if (method === 'GET') return old
      if (method === 'PUT' && path === '/results') there = true
      if (method === 'PUT' && path === '/results') return {}
      if (method === 'PUT')
        return there ? ((probes += 1) % 2 === 1 ? stored : failure(412, 'PreconditionFailed')) : failure(404, 'NoSuchBucket')
      if (method === 'DELETE') return { status: 204 }
      return query.has('delete') ? deleted : {}
    })
    await open().probe(never)
    const deletions = server.requests.filter(({ query }) => query.has('delete')).map((request) => /<Key>([^<]+)/.exec(request.body)?.[1])
    expect(deletions).toEqual(['~probe/old', expect.stringMatching(/^~probe\/[0-9a-f-]{36}$/)])
    expect(played.asked()).not.toContain('DELETE /results')
    there = false
    await open().probe(never)
    expect(played.asked()).toContain('DELETE /results')
  })

  test('uses the bucket of its own installation', async () => {
    play(({ method, query }) => (method === 'GET' ? listed([]) : query.has('delete') ? deleted : stored))
    await open({ parameters: '&prefix=acme-' }).probe(never)
    for (const asked of played.asked()) expect(asked).toMatch(/^[A-Z]+ \/acme-results[/?]/)
  })

  test.each<[Answer, string]>([
    [failure(507, 'XMinioStorageFull'), 'store_full'],
    [failure(403, 'AccessDenied'), 'store_refused'],
    [failure(503, 'SlowDown'), 'store_unavailable'],
  ])('%#: says what is wrong', async (answer, code) => {
    play([answer])
    expect(await thrown(open({ attempts: 1 }).probe(never))).toMatchObject({ code })
    // Nothing was stored, so nothing is deleted.
    expect(server.requests).toHaveLength(1)
  })
})
