import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type ObjectStore, silentLog, systemClock } from '@data-weaver/contracts'
import { findProgram, temporaryFolder, type TemporaryFolder } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeObjectStore } from './conformance.ts'
import { openObjectStore } from './index.ts'

const signal = new AbortController().signal
const json = { contentType: 'application/json', signal }
const key = 'results/run/page.json'
const zstd = await findProgram('zstd')

let folder: TemporaryFolder
const stores: ObjectStore[] = []
beforeEach(async () => void (folder = await temporaryFolder('compressed')))
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
  await folder.remove()
})

async function open(parameters = '?compress=zstd'): Promise<ObjectStore> {
  const url = `${pathToFileURL(folder.join('objects')).href}${parameters}`
  const store = await openObjectStore(url, { clock: systemClock, log: silentLog, random: () => 0.5 })
  stores.push(store)
  return store
}

const path = () => folder.join('objects', key)
const page = (items: number) =>
  Buffer.from(JSON.stringify(Array.from({ length: items }, (_, n) => ({ id: n, city: 'Madrid', aqi: n % 90 }))))

describeObjectStore('a folder whose objects are compressed', async () => {
  const own = await temporaryFolder('compressed')
  const url = `${pathToFileURL(own.path).href}?compress=zstd`
  return {
    open: () => openObjectStore(url, { clock: systemClock, log: silentLog, random: () => 0.5 }),
    [Symbol.asyncDispose]: () => own.remove(),
  }
})

describe('compression', () => {
  test('makes what is stored smaller, and gives back what was put', async () => {
    const store = await open()
    const body = page(2000)
    expect(await store.put(key, body, json)).toEqual({ created: true })
    expect(await store.put(key, body, json)).toEqual({ created: false })
    expect(Buffer.compare(await store.get(key, signal), body)).toBe(0)
    const [listed] = await Array.fromAsync(store.list('results/', signal))
    expect(listed?.size).toBe((await readFile(path())).length)
    expect(listed?.size).toBeLessThan(body.length / 5)
  })

  test.each([0, 1, 511])('leaves %i bytes as they are', async (size) => {
    const store = await open()
    const body = Buffer.alloc(size, 7)
    await store.put(key, body, json)
    expect(Buffer.compare(await readFile(path()), body)).toBe(0)
    expect(Buffer.compare(await store.get(key, signal), body)).toBe(0)
  })

  test('leaves what does not get smaller as it is', async () => {
    const store = await open()
    const body = randomBytes(100_000)
    await store.put(key, body, json)
    expect(Buffer.compare(await readFile(path()), body)).toBe(0)
  })

  test('may be turned on and off: all that is stored can be read', async () => {
    const [on, off] = [await open(), await open('')]
    const body = page(100)
    await on.put('results/run/a', body, json)
    await off.put('results/run/b', body, json)
    for (const store of [on, off])
      for (const name of ['a', 'b']) expect(Buffer.compare(await store.get(`results/run/${name}`, signal), body)).toBe(0)
  })

  test('gives back a body that is itself a compressed object of ours, with either setting', async () => {
    const on = await open()
    await on.put(key, page(500), json)
    const ours = await readFile(path())
    for (const [index, store] of [on, await open('')].entries()) {
      await store.put(`results/run/again-${index}`, ours, json)
      expect(Buffer.compare(await store.get(`results/run/again-${index}`, signal), ours)).toBe(0)
    }
  })

  test.skipIf(zstd === undefined)('is read by the zstd program, which knows nothing of us', async () => {
    const store = await open()
    const body = page(500)
    await store.put(key, body, json)
    const { stdout } = await promisify(execFile)(zstd as string, ['-dc', path()], { encoding: 'buffer' })
    expect(Buffer.compare(stdout, body)).toBe(0)
  })

  test.each<[string, (stored: Buffer) => void]>([
    ['a byte of the frame', (stored) => void (stored[20] = (stored[20] as number) ^ 1)],
    ['the hash', (stored) => void (stored[stored.length - 1] = (stored[stored.length - 1] as number) ^ 1)],
    ['the size, smaller', (stored) => void stored.writeBigUInt64LE(10n, stored.length - 40)],
    ['the size, larger', (stored) => void stored.writeBigUInt64LE(1_000_000n, stored.length - 40)],
    ['the size, beyond all limits', (stored) => void stored.writeBigUInt64LE(2n ** 60n, stored.length - 40)],
  ])('notices when it was changed on the disk: %s', async (_what, change) => {
    const store = await open()
    await store.put(key, page(500), json)
    const stored = await readFile(path())
    change(stored)
    await promisify(execFile)('chmod', ['0640', path()])
    await writeFile(path(), stored)
    await expect(store.get(key, signal)).rejects.toMatchObject({ code: 'object_corrupt' })
  })

  test('stops when the signal aborts', async () => {
    const store = await open()
    const reason = new Error('over')
    await expect(store.put(key, page(500), { ...json, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await Array.fromAsync(store.list('results/', signal))).toEqual([])
  })

  describe('of what comes in pieces', () => {
    const pieces = async function* (body: Buffer, length = 65_536) {
      for (let at = 0; at < body.length; at += length) yield body.subarray(at, at + length)
    }
    const read = async (store: ObjectStore) => {
      const { size, pieces: parts } = await store.getStream(key, signal)
      const body = Buffer.concat(await Array.fromAsync(parts))
      expect(body.length).toBe(size)
      return body
    }

    test('makes it smaller when that pays, and any zstd reads it', async () => {
      const store = await open()
      const body = page(400_000)
      await store.putStream(key, pieces(body), json)
      expect((await readFile(path())).length).toBeLessThan(body.length / 5)
      expect(Buffer.compare(await read(store), body)).toBe(0)
      expect(Buffer.compare(await read(await open('')), body)).toBe(0)
      expect(Buffer.compare(await store.get(key, signal), body)).toBe(0)
      if (zstd === undefined) return
      const { stdout } = await promisify(execFile)(zstd, ['-dc', path()], { encoding: 'buffer', maxBuffer: body.length + 1 })
      expect(Buffer.compare(stdout, body)).toBe(0)
    })

    test('leaves what does not get smaller, and packs what looks packed', async () => {
      const store = await open()
      const noise = randomBytes(1_000_000)
      await store.putStream(key, pieces(noise), json)
      expect(Buffer.compare(await readFile(path()), noise)).toBe(0)
      await store.delete([key], signal)
      await store.put(key, page(5000), json)
      const packed = await readFile(path())
      await store.delete([key], signal)
      const plain = await open('')
      await plain.putStream(key, pieces(packed, 10), json)
      expect(Buffer.compare(await read(plain), packed)).toBe(0)
      expect(Buffer.compare(await plain.get(key, signal), packed)).toBe(0)
    })

    test.each([0.5, 0.999])('says when what is stored was damaged (at %d of it)', async (place) => {
      const store = await open()
      await store.putStream(key, pieces(page(50_000)), json)
      const stored = await readFile(path())
      const at = Math.floor((stored.length - 56) * place)
      stored.writeUInt8((stored.readUInt8(at) + 1) % 256, at)
      await writeFile(path(), stored)
      await expect(read(store)).rejects.toMatchObject({ code: 'object_corrupt' })
    })
  })
})
