import { randomBytes } from 'node:crypto'
import { systemClock, type ErrorCode, type ObjectStore, WeaverError } from '@data-weaver/contracts'
import { eventually } from '@data-weaver/testkit'
import { expect, test } from 'vitest'

export interface StreamTools {
  readonly store: () => ObjectStore
  readonly open: () => Promise<ObjectStore>
}

const never = new AbortController().signal
const plain = { contentType: 'application/octet-stream', signal: never }
const reason = new WeaverError('timed_out', 'the test gives up')
const part = 8 * 1024 * 1024

const newKey = (): string => `t-${randomBytes(6).toString('hex')}/run/${randomBytes(6).toString('hex')}.large`
const bucketOf = (key: string): string => `${key.slice(0, key.indexOf('/'))}/`

/** Pieces of a body, each so long. */
async function* inPieces(body: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += length) {
    // As from a network: each piece comes in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve))
    yield body.subarray(at, at + length)
  }
}

async function read(store: ObjectStore, key: string): Promise<Buffer> {
  const { size, pieces } = await store.getStream(key, never)
  const body = Buffer.concat(await Array.fromAsync(pieces))
  expect(body.length).toBe(size)
  return body
}

const rejected = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  )
const codeOf = async (promise: Promise<unknown>): Promise<ErrorCode | undefined> => ((await rejected(promise)) as WeaverError).code

/** What a store that knows uploads in parts, or files aside, still has of puts that failed. */
const leftOver = (store: ObjectStore): Promise<number> => store.sweep('', systemClock.now() + 60_000, never)

export function streaming(tools: StreamTools): void {
  bodies(tools)
  failures(tools)
  reading(tools)
}

function bodies({ store, open }: StreamTools): void {
  test.each([
    [0, 1],
    [1, 1],
    [600, 7],
    [part - 1, 65_536],
    [part, part],
    [part + 1, 65_536],
    [2 * part, 3 * part],
    [3 * part + 12_345, 1_000_003],
  ])('stores %i bytes that come in pieces of %i as they were', async (size, length) => {
    const key = newKey()
    const body = randomBytes(size)
    expect(await store().putStream(key, inPieces(body, length), plain)).toEqual({ created: true })
    expect(Buffer.compare(await read(store(), key), body)).toBe(0)
    expect(Buffer.compare(await store().get(key, never), body)).toBe(0)
    const [listed] = await Array.fromAsync(store().list(bucketOf(key), never))
    expect(listed?.key).toBe(key)
    expect(await leftOver(store())).toBe(0)
  })

  test.each([600, part + 600])('a key that is there stays as it is, and nothing is left over (%i bytes)', async (size) => {
    const key = newKey()
    await store().put(key, Buffer.from('first'), plain)
    expect(await store().putStream(key, inPieces(randomBytes(size), 65_536), plain)).toEqual({ created: false })
    expect((await read(store(), key)).toString()).toBe('first')
    expect(await leftOver(store())).toBe(0)
  })

  test('of two that put a key at once one creates it', async () => {
    const other = await open()
    try {
      const key = newKey()
      const many = Array.from({ length: 2 }, () => randomBytes(part + 99))
      const created = await Promise.all(many.map((body, at) => (at === 0 ? store() : other).putStream(key, inPieces(body, 65_536), plain)))
      expect(created.filter((answer) => answer.created)).toHaveLength(1)
      const winner = many[created.findIndex((answer) => answer.created)] as Buffer
      expect(Buffer.compare(await read(other, key), winner)).toBe(0)
      expect(await leftOver(store())).toBe(0)
    } finally {
      await other.close()
    }
  })

  test('refuses what is no key, and nobody has to send it', async () => {
    expect(await codeOf(store().putStream('../x', inPieces(Buffer.alloc(10), 1), plain))).toBe('store_refused')
    expect(await codeOf(store().getStream('../x', never))).toBe('store_refused')
    expect(await codeOf(store().sweep('../', 0, never))).toBe('store_refused')
  })
}

function failures({ store }: StreamTools): void {
  test.each([100, part + 100, 3 * part])('pieces that fail after %i bytes leave nothing', async (size) => {
    const key = newKey()
    const failure = new WeaverError('source_truncated', 'the source is gone')
    const pieces = async function* () {
      yield* inPieces(randomBytes(size), 65_536)
      throw failure
    }
    expect(await rejected(store().putStream(key, pieces(), plain))).toBe(failure)
    expect(await Array.fromAsync(store().list(bucketOf(key), never))).toEqual([])
    expect(await leftOver(store())).toBe(0)
  })

  test('an abort ends it although the pieces hang, lets go of them, and leaves nothing', async () => {
    const key = newKey()
    const abort = new AbortController()
    let left = false
    const hanging = Promise.withResolvers<void>()
    const body = inPieces(randomBytes(2 * part + 5), 65_536)
    const pieces: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          const next = await body.next()
          if (next.done !== true) return next
          hanging.resolve()
          return await new Promise<never>(() => {})
        },
        async return() {
          left = true
          return { done: true, value: undefined }
        },
      }),
    }
    const put = rejected(store().putStream(key, pieces, { ...plain, signal: abort.signal }))
    await hanging.promise
    abort.abort(reason)
    expect(await put).toBe(reason)
    expect(left).toBe(true)
    expect(await Array.fromAsync(store().list(bucketOf(key), never))).toEqual([])
    expect(await leftOver(store())).toBe(0)
  })

  test('an aborted signal stops every call with its reason', async () => {
    const signal = AbortSignal.abort(reason)
    const key = newKey()
    expect(await rejected(store().putStream(key, inPieces(Buffer.alloc(9), 1), { ...plain, signal }))).toBe(reason)
    await store().put(key, Buffer.from('x'), plain)
    expect(await rejected(store().getStream(key, signal))).toBe(reason)
    expect(await rejected(store().sweep('', 0, signal))).toBe(reason)
  })
}

function reading({ store, open }: StreamTools): void {
  test('what is not there is missing', async () => {
    const key = newKey()
    expect(await codeOf(store().getStream(key, never))).toBe('object_missing')
    await store().put(`${bucketOf(key)}run/other`, Buffer.from('x'), plain)
    expect(await codeOf(store().getStream(key, never))).toBe('object_missing')
    expect(await codeOf(store().getStream(`${bucketOf(key)}run`, never))).toBe('object_missing')
  })

  test('an abort while it is read ends it with its reason', async () => {
    const key = newKey()
    await store().putStream(key, inPieces(randomBytes(3 * part), part), plain)
    const abort = new AbortController()
    const { pieces } = await store().getStream(key, abort.signal)
    const readOn = async () => {
      for await (const _piece of pieces) abort.abort(reason)
    }
    expect(await rejected(readOn())).toBe(reason)
  })

  test('reading can be left at any time, and others go on', async () => {
    const key = newKey()
    const body = randomBytes(2 * part)
    await store().putStream(key, inPieces(body, part), plain)
    const other = await open()
    for (let round = 0; round < 5; round += 1) {
      for await (const _piece of (await other.getStream(key, never)).pieces) break
      const unread = (await other.getStream(key, never)).pieces[Symbol.asyncIterator]()
      await unread.return?.()
    }
    expect(Buffer.compare(await read(other, key), body)).toBe(0)
    // Nothing that was left holds up the end.
    await eventually(() => other.close().then(() => true), { what: 'the store to close' })
  })
}
