import { WeaverError } from '@data-weaver/contracts'
import { type Answer, eventually, type RecordedRequest } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failure, type Opening, type PlayedStore, playedStore } from '../../test/played-store.ts'

const never = new AbortController().signal
const key = 'results/run/result.large'
const plain = { contentType: 'application/json', signal: never }
const reason = new WeaverError('timed_out', 'the test gives up')
const MiB = 1024 * 1024

const xml = { 'content-type': 'application/xml' }
const begun: Answer = {
  headers: xml,
  body: '<InitiateMultipartUploadResult><UploadId>a&amp;b/c+d</UploadId></InitiateMultipartUploadResult>',
}
const taken: Answer = { headers: { etag: '"part"' } }
const whole: Answer = { headers: xml, body: '<CompleteMultipartUploadResult><ETag>"all"</ETag></CompleteMultipartUploadResult>' }
const nothing: Answer = { status: 404 }

let played: PlayedStore
beforeEach(async () => void (played = await playedStore()))
afterEach(() => played[Symbol.asyncDispose]())

const open = (opening?: Opening) => played.open(opening)

async function* body(bytes = 20 * MiB): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= MiB) yield Buffer.alloc(Math.min(left, MiB), 'x')
}

/** What a request is for, in short. */
function step({ method, query }: RecordedRequest): string {
  if (query.has('uploads')) return 'begin'
  if (query.has('partNumber')) return `part ${query.get('partNumber')}`
  if (query.has('uploadId')) return method === 'DELETE' ? 'take back' : 'assemble'
  return method.toLowerCase()
}

const usual: Readonly<Record<string, Answer>> = { begin: begun, assemble: whole, head: nothing, 'take back': { status: 204 } }

/** Plays a store that is well but for some steps, whose answers come one after the other, the last one again and again. */
function play(trouble: Readonly<Record<string, readonly Answer[]>> = {}): void {
  const seen = new Map<string, number>()
  played.server.play((request) => {
    const name = step(request)
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    const answers = trouble[name]
    return answers === undefined ? (usual[name] ?? taken) : (answers[Math.min(count, answers.length - 1)] as Answer)
  })
}

const steps = (): string[] => played.server.requests.map(step)
const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  )

describe('a body in parts', () => {
  test('is begun, sent in signed parts of 8 MiB, and put together on condition that it is not there', async () => {
    play()
    expect(await open({ parameters: '&sse=AES256' }).putStream(key, body(), { ...plain, contentEncoding: 'zstd' })).toEqual({
      created: true,
    })
    expect(steps().toSorted()).toEqual(['assemble', 'begin', 'head', 'part 1', 'part 2', 'part 3'])
    const requests = new Map(played.server.requests.map((request) => [step(request), request]))
    expect(requests.get('begin')?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-encoding': 'zstd',
      'x-amz-server-side-encryption': 'AES256',
    })
    expect([1, 2, 3].map((part) => requests.get(`part ${part}`)?.body.length)).toEqual([8 * MiB, 8 * MiB, 4 * MiB])
    expect(requests.get('part 1')?.path).toBe(`/${key}?partNumber=1&uploadId=a%26b%2Fc%2Bd`)
    expect(requests.get('assemble')?.headers['if-none-match']).toBe('*')
    expect(requests.get('assemble')?.body).toContain('<Part><PartNumber>3</PartNumber><ETag>"part"</ETag></Part>')
  })

  const troubles: readonly (readonly [string, Answer])[] = [
    ['503', failure(503, 'SlowDown')],
    ['500', failure(500, 'InternalError')],
    ['a reset before the head', { reset: 'head' }],
    ['a reset after the head', { reset: 'body', body: 'x' }],
  ]
  test.each(['begin', 'part 2', 'assemble'].flatMap((name) => troubles.map(([what, answer]) => [name, what, answer] as const)))(
    'goes on after trouble: %s, %s',
    async (name, _what, answer) => {
      play({ [name]: [answer, answer, usual[name] ?? taken] })
      expect(await open().putStream(key, body(), plain)).toEqual({ created: true })
      expect(steps().filter((each) => each === name)).toHaveLength(3)
    },
  )

  test.each(['begin', 'part 2', 'assemble'])('is taken back when %s fails for good', async (name) => {
    play({ [name]: [failure(403, 'AccessDenied')] })
    expect(await thrown(open().putStream(key, body(), plain))).toMatchObject({ code: 'store_refused', upstreamCode: 'AccessDenied' })
    expect(steps().includes('take back')).toBe(name !== 'begin')
  })

  test('that the store says 200 to before it fails, has failed', async () => {
    play({ assemble: [{ headers: xml, body: '<Error><Code>InternalError</Code></Error>' }, whole] })
    expect(await open().putStream(key, body(), plain)).toEqual({ created: true })
    expect(steps().filter((each) => each === 'assemble')).toHaveLength(2)
  })

  test('that came through although its answer did not is there', async () => {
    const there: Answer = { headers: { etag: '"all"' } }
    play({ assemble: [{ reset: 'head' }, failure(404, 'NoSuchUpload')], head: [nothing, there] })
    expect(await open().putStream(key, body(), plain)).toEqual({ created: true })
  })

  test('whose parts somebody removed is stored again later', async () => {
    play({ assemble: [failure(404, 'NoSuchUpload')] })
    expect(await thrown(open().putStream(key, body(), plain))).toMatchObject({ code: 'store_unavailable' })
  })

  test.each([
    ['before', { head: [{}] }],
    ['at the end', { assemble: [failure(412, 'PreconditionFailed')] }],
  ])('that finds the object there (%s) created nothing and is taken back', async (_when, trouble) => {
    play(trouble)
    expect(await open().putStream(key, body(), plain)).toEqual({ created: false })
    expect(steps().at(-1)).toBe('take back')
  })

  test.each(['begin', 'assemble'])('ends in time when the store hangs at %s', async (name) => {
    play({ [name]: [{ hang: 'head' }] })
    expect(await thrown(open({ timeoutMs: 100, attempts: 2 }).putStream(key, body(), plain))).toMatchObject({
      code: 'store_unavailable',
      upstreamCode: 'timeout',
    })
  })

  test.each(['begin', 'part 1', 'assemble'])('ends at an abort while the store hangs at %s', async (name) => {
    play({ [name]: [{ hang: 'head' }] })
    const abort = new AbortController()
    const put = thrown(open().putStream(key, body(), { ...plain, signal: abort.signal }))
    await eventually(() => steps().includes(name), { what: `the store to be asked: ${name}` })
    abort.abort(reason)
    expect(await put).toBe(reason)
  })
})

describe('reading in pieces', () => {
  const text = Array.from({ length: 200_000 }, (_, index) => `${index}`.padStart(8, '.')).join('')
  const from = ({ headers }: RecordedRequest): number => Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
  const rest = (request: RecordedRequest): Answer => ({ status: from(request) === 0 ? 200 : 206, body: text.slice(from(request)) })
  const readAll = async (opening?: Opening): Promise<string> => {
    const { size, pieces } = await open(opening).getStream(key, never)
    expect(size).toBe(text.length)
    return Buffer.concat(await Array.fromAsync(pieces)).toString()
  }

  test('goes on where a connection broke', async () => {
    let asked = 0
    played.server.play((request) => ((asked += 1) < 4 ? { ...rest(request), reset: 'middle' } : rest(request)))
    expect((await readAll()) === text).toBe(true)
    expect(new Set(played.server.requests.map(from)).size).toBeGreaterThan(1)
  })

  test('gives up when nothing more comes', async () => {
    played.server.play((request) => (from(request) === 0 ? { ...rest(request), reset: 'middle' } : { reset: 'head' }))
    expect(await thrown(readAll())).toMatchObject({ code: 'store_unavailable' })
  })

  test('says when it is another object by now', async () => {
    played.server.play((request) => (from(request) === 0 ? { ...rest(request), reset: 'middle' } : { status: 206, body: 'short' }))
    expect(await thrown(readAll())).toMatchObject({ code: 'object_corrupt' })
  })

  test('begins again after trouble, and says what is missing', async () => {
    played.server.play((request, index) => (index < 2 ? failure(503, 'SlowDown') : rest(request)))
    expect((await readAll()) === text).toBe(true)
    played.server.play([failure(404, 'NoSuchKey')])
    expect(await thrown(readAll())).toMatchObject({ code: 'object_missing' })
  })

  test('ends at an abort while the store hangs, before the head and in the body', async () => {
    for (const hang of ['head', 'middle'] as const) {
      played.server.play([{ body: text, hang }])
      const before = played.server.requests.length
      const abort = new AbortController()
      const reading = thrown(
        (async () => {
          const { pieces } = await open().getStream(key, abort.signal)
          for await (const _piece of pieces);
        })(),
      )
      await played.server.requested(before + 1)
      abort.abort(reason)
      expect(await reading).toBe(reason)
    }
  })

  test('ends in time when no answer comes', async () => {
    played.server.play([{ hang: 'head' }])
    expect(await thrown(readAll({ timeoutMs: 100, attempts: 2 }))).toMatchObject({ code: 'store_unavailable', upstreamCode: 'timeout' })
  })
})
