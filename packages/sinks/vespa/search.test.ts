import type { DocumentQuery, DocumentReader } from '@data-weaver/contracts'
import { type Answer, sourceServer, type SourceServer } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReader, toYql } from './search.ts'

const never = new AbortController().signal
const shape = { documentType: 'earthquake', namespace: 'weaver' }
const base = { tenant: 'default', limit: 50 } as const
const result = '00000000-0000-7000-8000-000000000001'

describe('a search as a query of Vespa', () => {
  it('holds what was typed as parameters, and constants and numbers only', () => {
    const typed = { tenant: 'a" or true', stream: 'b" or true', q: '") or (true' }
    const query = toYql(shape, { ...base, ...typed, result, from: '2026-03-05T12:00:00.001Z', until: '2026-03-05T13:00:00.999Z' })
    expect(query).toEqual({
      yql:
        'select * from sources * where weaver_tenant contains @tenant and weaver_deleted = false and weaver_stream contains @stream and ' +
        'weaver_result_id contains @result and weaver_written_at >= 1772712001 and weaver_written_at <= 1772715600 and ' +
        '({grammar: "web", defaultIndex: "default"}userInput(@words))',
      tenant: typed.tenant,
      stream: typed.stream,
      words: typed.q,
      result,
      'model.restrict': 'earthquake',
      hits: 50,
      offset: 0,
      timeout: '5000ms',
    })
  })

  it('has the newest first where there are no words', () => {
    for (const q of [undefined, '', '  ']) {
      const { yql, words } = toYql(shape, { ...base, ...(q === undefined ? {} : { q }) })
      expect([yql, words]).toEqual([
        'select * from sources * where weaver_tenant contains @tenant and weaver_deleted = false order by weaver_seq desc',
        undefined,
      ])
    }
  })

  it('goes on where the page before ended', () => {
    expect(toYql(shape, { ...base, after: '50' })).toMatchObject({ offset: 50 })
    for (const after of ['junk', '1000', '-1', '1e2']) {
      expect(() => toYql(shape, { ...base, after })).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    }
  })
})

describe('reading documents back', () => {
  let server: SourceServer
  let reader: DocumentReader
  let answer: Answer
  beforeEach(async () => {
    server = await sourceServer(() => answer)
    reader = openReader({ vespaUrl: server.url, vespaAccess: { token: 'the-token' } })
  })
  afterEach(async () => {
    await reader.close()
    await server[Symbol.asyncDispose]()
  })

  const fields = {
    weaver_id: 'quakes:1',
    weaver_tenant: 'default',
    weaver_stream: 'quakes',
    weaver_seq: 7,
    weaver_transform_version: 2,
    weaver_record: 3,
    weaver_stream_version: 4,
    weaver_result_id: result,
    weaver_run_id: result,
    weaver_stream_id: result,
    weaver_deleted: false,
    weaver_written_at: 1_772_712_001,
    weaver_fields: '{"place":"Alaska"}',
  }
  const stored = {
    ...{ id: 'quakes:1', stream: 'quakes', seq: 7, fields: { place: 'Alaska' }, changedAt: '2026-03-05T12:00:01.000Z', revision: null },
    lineage: { resultId: result, record: 3, runId: result, streamId: result, streamVersion: 4, transformVersion: 2 },
  }
  const found = (totalCount: number, ...children: object[]): Answer => ({ body: { root: { fields: { totalCount }, children } } })
  const search = (query: Partial<DocumentQuery> = {}) => reader.search(shape, { ...base, ...query }, never)
  const refusal = async (promise: Promise<unknown>) =>
    await promise.then(
      () => 'answered',
      ({ code, message }: { code: string; message: string }) => [code, message],
    )

  it('answers documents with their lineage, and leaves out what is not ours', async () => {
    answer = found(2, { fields }, { fields: { title: 'of somebody else' } }, {})
    expect(await search({ q: 'alaska' })).toEqual({ items: [stored], next: null })
    const [request] = server.requests
    expect([request?.method, request?.path, request?.headers['authorization']]).toEqual(['POST', '/search/', 'Bearer the-token'])
    expect(JSON.parse(request?.body ?? '')).toEqual({ ...toYql(shape, { ...base, q: 'alaska' }) })
  })

  it('comes page by page, as far as Vespa goes', async () => {
    answer = found(5000, { fields })
    expect((await search()).next).toBe('50')
    expect((await search({ after: '900' })).next).toBe('950')
    expect((await search({ after: '950' })).next).toBeNull()
    expect((await search({ limit: 500 })).next).toBe('400')
  })

  it('tells a query that the schema cannot answer from a search that fails', async () => {
    answer = { status: 400, body: { root: { errors: [{ message: "Field 'default' does not exist." }] } } }
    expect(await refusal(search({ q: 'a' }))).toEqual([
      'invalid_request',
      "q cannot be searched for in Vespa: Field 'default' does not exist.",
    ])
    for (const body of [{ root: { errors: [{ summary: 'Timed out' }] } }, 'oops']) {
      answer = { status: body === 'oops' ? 503 : 200, body }
      expect(await refusal(search())).toEqual(['sink_unavailable', expect.any(String)])
    }
    answer = { reset: 'head' }
    expect(await refusal(search())).toEqual(['sink_unavailable', expect.stringContaining('cannot be asked')])
  })

  it('finds one by its id, and no tombstone', async () => {
    answer = { body: { fields } }
    expect(await reader.find(shape, 'default', 'quakes:1', never)).toEqual(stored)
    expect(server.requests[0]?.path).toBe('/document/v1/weaver/earthquake/docid/default%3Aquakes%3A1')
    answer = { body: { fields: { ...fields, weaver_deleted: true, weaver_fields: '{}' } } }
    expect(await reader.find(shape, 'default', 'quakes:1', never)).toBeUndefined()
    answer = { status: 404, body: {} }
    expect(await reader.find(shape, 'default', 'quakes:1', never)).toBeUndefined()
    answer = { status: 500, body: { message: 'broken' } }
    expect(await refusal(reader.find(shape, 'default', 'quakes:1', never))).toEqual([
      'sink_unavailable',
      'Vespa cannot be read (500: broken)',
    ])
  })
})
