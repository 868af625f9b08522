import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { inspect, promisify } from 'node:util'
import { type Log, type ObjectStore, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import {
  eventually,
  findProgram,
  requireMinio,
  requireVersitygw,
  startMinio,
  startVersitygw,
  temporaryFolder,
  type TestS3,
} from '@data-weaver/testkit'
import { describe, expect, test } from 'vitest'
import { openObjectStore } from '../index.ts'
import { parseStoreUrl, type S3Settings } from '../store-url.ts'
import { S3Store } from './s3-store.ts'

const run = promisify(execFile)
const never = new AbortController().signal
const json = { contentType: 'application/json', signal: never }
const isRoot = process.getuid?.() === 0

const servers = [
  { name: 'versitygw', program: await requireVersitygw(), start: startVersitygw },
  { name: 'MinIO', program: await requireMinio(), start: startMinio },
]

const open = (url: string, log: Log = silentLog, ca?: string): Promise<ObjectStore> =>
  openObjectStore(url, { clock: systemClock, log, random: () => 0.5, ...(ca === undefined ? {} : { caCertificates: ca }) })

const codeOf = async (promise: Promise<unknown>): Promise<string | undefined> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error === undefined || error instanceof WeaverError ? error?.code : inspect(error)
}

describe.each(servers)('$name', ({ program, start }) => {
  const usable = program !== undefined

  test.skipIf(!usable)('honours conditional puts, so a probe warns of nothing and leaves no bucket', async () => {
    await using server = await start(program as string)
    const warnings: string[] = []
    const store = await open(server.url, { ...silentLog, warn: (_fields, message) => void warnings.push(message) })
    await store.probe(never)
    expect(warnings).toEqual([])
    // A bucket that is there is not made: with another name for the same account, nothing of the first is seen.
    expect(await Array.fromAsync(store.list('', never))).toEqual([])
    await store.put('results/run/a', Buffer.from('a'), json)
    const other = await open(`${server.url}&prefix=acme-`)
    await other.probe(never)
    expect(await Array.fromAsync(other.list('', never))).toEqual([])
    expect(await codeOf(other.get('results/run/a', never))).toBe('object_missing')
    await other.put('results/run/b', Buffer.from('b'), json)
    expect((await Array.fromAsync(other.list('', never))).map(({ key }) => key)).toEqual(['results/run/b'])
    await store.close()
    await other.close()
  })

  test.skipIf(!usable)('refuses wrong keys and wrong regions, and says which', async () => {
    await using server = await start(program as string)
    const at = `127.0.0.1:${server.port}`
    const wrong = {
      access: `s3://nobody:secret@${at}/?tls=0`,
      secret: `s3://${server.accessKey}:wrong-secret@${at}/?tls=0`,
      region: `${server.url}&region=eu-central-1`,
    }
    for (const [what, url] of Object.entries(wrong)) {
      const store = await open(url)
      const codes = await Promise.all(
        [
          store.put('results/a', Buffer.from('a'), json),
          store.get('results/a', never),
          store.delete(['results/a'], never),
          store.probe(never),
        ].map(codeOf),
      )
      expect([what, ...codes]).toEqual([what, 'store_refused', 'store_refused', 'store_refused', 'store_refused'])
      expect([what, await codeOf(Array.fromAsync(store.list('results/', never)))]).toEqual([what, 'store_refused'])
      await store.close()
    }
  })

  test.skipIf(!usable)('goes on where it was after kill -9 and while it hangs', async () => {
    await using server = await start(program as string)
    const settings = parseStoreUrl(server.url) as S3Settings
    const retries = { attempts: 2, delayMs: 1, maxDelayMs: 1 }
    const store = new S3Store({ settings, clock: systemClock, log: silentLog, random: () => 0.5, timeoutMs: 500, retries })
    await store.put('results/run/a', Buffer.from('a'), json)
    server.freeze()
    // Threads of the server may still answer for a moment.
    await eventually(async () => (await codeOf(store.get('results/run/a', never))) === 'store_unavailable', { what: 'the server to hang' })
    server.resume()
    expect(Buffer.from(await store.get('results/run/a', never)).toString()).toBe('a')
    await server.kill()
    expect(await codeOf(store.put('results/run/b', Buffer.from('b'), json))).toBe('store_unavailable')
    await server.start()
    expect(await store.put('results/run/a', Buffer.from('a'), json)).toEqual({ created: false })
    expect(await store.put('results/run/b', Buffer.from('b'), json)).toEqual({ created: true })
    await store.close()
  })

  test.skipIf(!usable)('is reached over TLS, behind a proxy whose certificate is trusted', async ({ skip }) => {
    if ((await findProgram('openssl')) === undefined) skip('openssl is not installed')
    await using server = await start(program as string)
    await using proxy = await tlsProxy(server)
    const url = server.url.replace(`:${server.port}/?tls=0`, `:${proxy.port}/`)
    const store = await open(url, silentLog, proxy.certificate)
    const body = randomBytes(300_000)
    expect(await store.put('results/run/a', body, json)).toEqual({ created: true })
    expect(await store.put('results/run/a', body, json)).toEqual({ created: false })
    expect(Buffer.compare(await store.get('results/run/a', never), body)).toBe(0)
    expect((await Array.fromAsync(store.list('', never))).map(({ size }) => size)).toEqual([300_000])
    await store.delete(['results/run/a'], never)
    await store.probe(never)
    await store.close()
    const distrustful = await open(url)
    expect(await codeOf(distrustful.put('results/run/a', body, json))).toBe('store_refused')
    expect(await codeOf(Array.fromAsync(distrustful.list('', never)))).toBe('store_refused')
    await distrustful.close()
  })

  test.skipIf(!usable)('with a full disk is store_full, and stores again when there is room', async ({ skip }) => {
    if (!isRoot) skip('only root can mount a small disk')
    await using folder = await temporaryFolder('small-disk')
    const root = folder.join('mount')
    await mkdir(root)
    await run('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'weaver-test', root])
    try {
      await using server = await start(program as string, root)
      const store = await open(server.url)
      const body = randomBytes(2 * 1024 * 1024)
      const codes = new Set<string | undefined>()
      for (let index = 0; index < 16; index += 1) codes.add(await codeOf(store.put(`results/run/${index}`, body, json)))
      // MinIO calls the first ones an internal error or an incomplete body, before it knows that the disk is full.
      codes.delete('store_unavailable')
      expect([...codes]).toEqual([undefined, 'store_full'])
      const objects = await Array.fromAsync(store.list('results/', never))
      for (const { key } of objects) expect(Buffer.compare(await store.get(key, never), body)).toBe(0)
      await store.delete(
        objects.map(({ key }) => key),
        never,
      )
      expect(await Array.fromAsync(store.list('results/', never))).toEqual([])
      // MinIO removes what was deleted after minutes, so the disk grows instead; it looks at its size from time to time.
      await run('mount', ['-o', 'remount,size=64m', root])
      const again = await eventually(() => store.put('results/run/again', body, json), {
        what: 'the store to notice that there is room',
        intervalMs: 100,
      })
      expect(again).toEqual({ created: true })
      await store.close()
    } finally {
      await run('umount', [root])
    }
  })
})

interface Proxy extends AsyncDisposable {
  readonly port: number
  readonly certificate: string
}

/** Ends TLS before the server, as balancers do, with a certificate of its own for 127.0.0.1. */
async function tlsProxy(server: TestS3): Promise<Proxy> {
  const folder = await temporaryFolder('tls')
  const [key, cert] = [folder.join('key.pem'), folder.join('cert.pem')]
  const subject = ['-subj', '/CN=weaver-test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2']
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ])
  const certificate = await readFile(cert, 'utf8')
  const proxy = createServer({ key: await readFile(key), cert: certificate }, (incoming, response) => {
    const { method, url, headers } = incoming
    const onward = request({ host: '127.0.0.1', port: server.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.once('error', () => response.destroy())
    incoming.pipe(onward)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    port: (proxy.address() as AddressInfo).port,
    certificate,
    async [Symbol.asyncDispose]() {
      proxy.close()
      proxy.closeAllConnections()
      await folder.remove()
    },
  }
}
