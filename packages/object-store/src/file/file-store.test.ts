import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect, promisify } from 'node:util'
import { type Log, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { eventually, spawnNode, temporaryFolder, type TemporaryFolder } from '@data-weaver/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeObjectStore } from '../conformance.ts'
import { openObjectStore } from '../index.ts'
import { type FileStore, openFileStore } from './file-store.ts'
import { leftoverAgeMs } from './leftovers.ts'

const run = promisify(execFile)
const never = new AbortController().signal
const json = { contentType: 'application/json', signal: never }
const key = 'results/run/result.json'
const isRoot = process.getuid?.() === 0
const writer = new URL('../../test/writer.ts', import.meta.url)

describeObjectStore('a folder', async () => {
  const folder = await temporaryFolder('objects')
  return {
    open: () => openObjectStore(pathToFileURL(folder.join('store')).href, { clock: systemClock, log: silentLog, random: () => 0.5 }),
    [Symbol.asyncDispose]: () => folder.remove(),
  }
})

describeObjectStore('a folder read in small parts', async () => {
  const folder = await temporaryFolder('objects')
  return {
    open: () => openFileStore({ root: folder.path, clock: systemClock, log: silentLog, namesHeld: 2 }),
    [Symbol.asyncDispose]: () => folder.remove(),
  }
})

let folder: TemporaryFolder
beforeEach(async () => {
  folder = await temporaryFolder('objects')
})
afterEach(() => folder.remove())

const open = (root = folder.join('store'), log = silentLog): Promise<FileStore> => openFileStore({ root, clock: systemClock, log })
const aside = (): Promise<string[]> => readdir(folder.join('store', '.aside'))
const keysOf = async (store: FileStore): Promise<string[]> => (await Array.fromAsync(store.list('', never))).map((object) => object.key)

const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error === undefined || error instanceof WeaverError ? error?.code : inspect(error)
}

describe('on disk', () => {
  test('an object is a file at its key, not readable by others, and nothing else stays', async () => {
    const store = await open()
    await store.put(key, Buffer.from('{"a":1}'), json)
    await store.put(key, Buffer.from('other'), json)
    expect(await readFile(folder.join('store', key), 'utf8')).toBe('{"a":1}')
    expect((await stat(folder.join('store', key))).mode & 0o007).toBe(0)
    expect((await stat(folder.join('store', 'results', 'run'))).mode & 0o007).toBe(0)
    expect(await aside()).toEqual([])
  })

  test('deleting the last object of a run removes its folder, not the bucket', async () => {
    const store = await open()
    await store.put('results/run/deep/a', Buffer.from('a'), json)
    await store.put('results/other/b', Buffer.from('b'), json)
    await store.delete(['results/run/deep/a', 'results/other/b'], never)
    expect(await readdir(folder.join('store', 'results'))).toEqual([])
  })

  test('what others put into the folder is neither listed nor read nor removed', async () => {
    const store = await open()
    await store.put(key, Buffer.from('x'), json)
    await mkdir(folder.join('store', 'lost+found'))
    await writeFile(folder.join('store', 'README'), 'x')
    await writeFile(folder.join('store', 'results', 'run', 'with space'), 'x')
    await run('mkfifo', [folder.join('store', 'results', 'run', 'pipe')])
    expect(await keysOf(store)).toEqual([key])
    expect(await codeOf(store.get('results/run/pipe', never))).toBe('store_refused')
    expect(await codeOf(store.put('results/run/pipe', Buffer.from('x'), json))).toBe('store_refused')
    await store.delete([key], never)
    expect((await readdir(folder.join('store', 'results', 'run'))).toSorted()).toEqual(['pipe', 'with space'])
  })
})

describe('links that lead elsewhere', () => {
  test('are not followed by anything, be they a bucket, a folder or an object', async () => {
    const outside = folder.join('outside')
    await mkdir(outside)
    await writeFile(join(outside, 'secret'), 'secret')
    await mkdir(folder.join('store', 'results', 'run'), { recursive: true })
    await symlink(outside, folder.join('store', 'bucket'))
    await symlink(outside, folder.join('store', 'results', 'linked'))
    await symlink(join(outside, 'secret'), folder.join('store', 'results', 'run', 'linked'))
    await symlink(join(outside, 'new'), folder.join('store', 'results', 'run', 'dangling'))
    const store = await open()
    for (const linked of ['bucket/secret', 'results/linked/secret', 'results/run/linked']) {
      expect(await codeOf(store.get(linked, never))).toBe('store_refused')
      expect(await codeOf(store.put(linked, Buffer.from('x'), json))).toBe('store_refused')
    }
    for (const linked of ['bucket/new', 'results/linked/new', 'results/linked/deep/new', 'results/run/dangling']) {
      expect(await codeOf(store.put(linked, Buffer.from('x'), json))).toBe('store_refused')
    }
    expect(await codeOf(store.delete(['bucket/secret'], never))).toBe('store_refused')
    expect(await keysOf(store)).toEqual([])
    expect(await readdir(outside)).toEqual(['secret'])
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret')
    expect(await aside()).toEqual([])
  })

  test('the root itself may be one', async () => {
    await mkdir(folder.join('real'))
    await symlink(folder.join('real'), folder.join('store'))
    const store = await open()
    await store.put(key, Buffer.from('x'), json)
    expect(await readFile(folder.join('real', key), 'utf8')).toBe('x')
  })
})

describe('leftovers of dead writers', () => {
  test('are removed when a store is opened; those of living ones stay', async () => {
    const living = await open()
    const host = hostname()
      .replaceAll(/[^A-Za-z0-9-]/g, '_')
      .slice(0, 64)
    const ended = spawnNode(writer, { args: [folder.join('store'), 'once', key] })
    await ended.exited
    const id = randomBytes(8).toString('hex')
    const names = {
      dead: `${host}.${ended.pid}.${id}.1`,
      predecessor: `${host}.${process.pid}.${id}.1`,
      parent: `${host}.${process.ppid}.${id}.1`,
      elsewhere: `another-host.${ended.pid}.${id}.1`,
      old: `another-host.${ended.pid}.${id}.2`,
      unknown: 'note.txt',
    }
    for (const name of Object.values(names)) await writeFile(folder.join('store', '.aside', name), 'half')
    const long = (Date.now() - leftoverAgeMs - 60_000) / 1000
    await utimes(folder.join('store', '.aside', names.old), long, long)
    const infos: object[] = []
    const log: Log = { ...silentLog, info: (fields) => void infos.push(fields) }
    await open(undefined, log)
    expect((await aside()).toSorted()).toEqual([names.elsewhere, names.parent, names.unknown].toSorted())
    expect(infos).toEqual([expect.objectContaining({ files: 3 })])
    await living.close()
  })

  test('kill -9 in the middle of writing: what was acknowledged is there, what is there is whole', async () => {
    const killed = spawnNode(writer, { args: [folder.join('store'), 'churn'] })
    await killed.line(/stored/)
    await eventually(() => killed.output().split('\n').length > 40, { what: 'forty objects', intervalMs: 2 })
    await killed.end('SIGKILL')
    const acknowledged = [...killed.output().matchAll(/\{"stored":"([^"]+)"\}/g)].map(([, name]) => name as string)
    expect(acknowledged.length).toBeGreaterThan(20)
    const store = await open()
    expect(await aside()).toEqual([])
    const keys = await keysOf(store)
    expect(keys).toEqual(expect.arrayContaining(acknowledged))
    for (const name of keys) {
      const body = await store.get(name, never)
      expect(name.endsWith(createHash('sha256').update(body).digest('hex'))).toBe(true)
    }
  })
})

test('of several processes that put the same keys at once, each key is created by one', async () => {
  const processes = Array.from({ length: 3 }, () => spawnNode(writer, { args: [folder.join('store'), 'race'], ipc: true }))
  try {
    for (const one of processes) await one.line(/ready/)
    for (const { child } of processes) child.send(150)
    for (const one of processes) expect(await one.exited).toEqual({ code: 0, signal: null })
    const store = await open()
    const creators = processes.map((one) => (JSON.parse(/\{"created":.*\}/.exec(one.output())?.[0] ?? '') as { created: string[] }).created)
    expect(creators.flat().toSorted()).toEqual(await keysOf(store))
    expect(creators.flat()).toHaveLength(150)
    for (const [index, created] of creators.entries()) {
      for (const name of created) expect(Buffer.from(await store.get(name, never)).toString()).toBe(String(processes[index]?.pid))
    }
  } finally {
    for (const one of processes) await one[Symbol.asyncDispose]()
  }
})

describe('when the disk is in trouble', () => {
  /** A file system of its own, of 512 KiB. Unmounted at the end. */
  const mounted = async (test: (root: string) => Promise<void>): Promise<void> => {
    const root = folder.join('mount')
    await mkdir(root)
    await run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'weaver-test', root])
    try {
      await test(root)
    } finally {
      await run('umount', [root])
    }
  }

  test('a full disk is store_full, leaves nothing half written, and is over when there is room', async ({ skip }) => {
    if (!isRoot) skip('only root can mount a small disk')
    await mounted(async (root) => {
      const store = await open(root)
      const body = randomBytes(100_000)
      const results = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => store.put(`results/run-${index}/x`, body, json)))
      const refused = results.filter((result) => result.status === 'rejected')
      expect(refused.length).toBeGreaterThan(5)
      for (const { reason } of refused) expect(reason).toMatchObject({ code: 'store_full', upstreamCode: 'ENOSPC', retryable: true })
      expect(await readdir(join(root, '.aside'))).toEqual([])
      const keys = await keysOf(store)
      expect(keys).toHaveLength(12 - refused.length)
      for (const name of keys) expect(Buffer.compare(await store.get(name, never), body)).toBe(0)
      await run('sh', ['-c', `head -c 1000000 /dev/zero > ${join(root, 'rest')} || true`])
      expect(await codeOf(store.probe(never))).toBe('store_full')
      await store.delete(keys, never)
      expect(await store.put('results/again/x', body, json)).toEqual({ created: true })
      await store.probe(never)
      await store.close()
    })
  })

  test('a read-only disk is unavailable and can be read', async ({ skip }) => {
    if (!isRoot) skip('only root can mount a small disk')
    await mounted(async (root) => {
      const store = await open(root)
      await store.put(key, Buffer.from('x'), json)
      await run('mount', ['-o', 'remount,ro', root])
      expect(await codeOf(store.put('results/run/other', Buffer.from('x'), json))).toBe('store_unavailable')
      expect(await codeOf(store.probe(never))).toBe('store_unavailable')
      expect(Buffer.from(await store.get(key, never)).toString()).toBe('x')
      await store.close()
    })
  })

  test('a bucket on another disk is refused with the reason', async ({ skip }) => {
    if (!isRoot) skip('only root can mount a small disk')
    await mkdir(folder.join('store', 'results'), { recursive: true })
    await rename(folder.join('store', 'results'), folder.join('store', 'elsewhere'))
    await mounted(async (root) => {
      await mkdir(join(root, 'run'))
      await mkdir(folder.join('store', 'results'))
      await run('mount', ['--bind', root, folder.join('store', 'results')])
      try {
        const store = await open()
        await expect(store.put(key, Buffer.from('x'), json)).rejects.toMatchObject({ code: 'store_refused', upstreamCode: 'EXDEV' })
        expect(await aside()).toEqual([])
      } finally {
        await run('umount', [folder.join('store', 'results')])
      }
    })
  })

  test('a root that vanishes does not make objects look missing', async () => {
    const store = await open()
    await store.put(key, Buffer.from('x'), json)
    await rename(folder.join('store'), folder.join('away'))
    expect(await codeOf(store.get(key, never))).toBe('store_unavailable')
    expect(await codeOf(store.get('other/run/x', never))).toBe('store_unavailable')
    expect(await codeOf(store.put(key, Buffer.from('x'), json))).toBe('store_unavailable')
    expect(await codeOf(store.delete(['other/run/x'], never))).toBe('store_unavailable')
    expect(await codeOf(Array.fromAsync(store.list('', never)))).toBe('store_unavailable')
    expect(await codeOf(store.probe(never))).toBe('store_unavailable')
    await rename(folder.join('away'), folder.join('store'))
    expect(Buffer.from(await store.get(key, never)).toString()).toBe('x')
  })

  test('missing rights are refused', async () => {
    const store = await open()
    await store.put(key, Buffer.from('x'), json)
    for (const path of [folder.path, folder.join('store'), folder.join('store', '.aside')]) await chmod(path, 0o555)
    // Root may do everything, so somebody else tries.
    const through = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
    await using other = spawnNode(writer, { args: [folder.join('store'), 'once', 'results/run/new'], through })
    expect(JSON.parse((await other.line(/^\{.*\}$/))[0])).toMatchObject({ code: 'store_refused' })
    for (const path of [folder.path, folder.join('store'), folder.join('store', '.aside')]) await chmod(path, 0o755)
  })

  test('a file where the root should be is refused', async () => {
    await writeFile(folder.join('store'), 'x')
    expect(await codeOf(open())).toBe('store_refused')
  })
})
