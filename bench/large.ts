import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import { type HttpStream, type ObjectStore, silentLog, systemClock } from '@data-weaver/contracts'
import { createEgress, parseEgressAllow } from '@data-weaver/egress'
import { openObjectStore } from '@data-weaver/object-store'
import { temporaryFolder } from '@data-weaver/testkit'
import { start } from './processes.ts'

// What a large response costs on its way into the store, beside a bare copy of the same bytes: `node bench/large.ts [MiB] [store URL]`. Without a URL
// the store is a folder; the bare copy always goes into a file. Both hash what passes. Source and copiers are processes of their own.

const [size = '1024', url] = process.argv.slice(2)
const MiB = 1024 * 1024
const rounds = 3

interface Copied {
  readonly seconds: number
  /** Resident memory at most, and before the copy, MiB. */
  readonly peak: number
  readonly before: number
  readonly sha256: string
}

const role = process.env['WEAVER_BENCH_ROLE']
if (role === 'source') serve()
else if (role !== undefined) await copy(role)
else await compare()

function serve(): void {
  // Noise that does not repeat within a piece; the same for every request.
  const piece = Buffer.concat(Array.from({ length: MiB / 32 }, (_, index) => createHash('sha256').update(`${index}`).digest()))
  const server = createServer((_request, response) => {
    let left = Number(size)
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1
        if (!response.write(piece)) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  })
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
  process.once('disconnect', () => process.exit())
}

async function resident(name: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
}

/** Fetches once and stores, by the ports of the product or by hand. */
async function copy(way: string): Promise<void> {
  const [source = '', target = '', key = ''] = process.argv.slice(4)
  const egress = createEgress({ allow: parseEgressAllow('127.0.0.1'), clock: systemClock })
  const http = egress.http({ signal: new AbortController().signal, secrets: [], log: silentLog })
  const store = way === 'product' ? await openObjectStore(target, { clock: systemClock, log: silentLog, random: Math.random }) : undefined
  const before = await resident('VmRSS')
  const begun = systemClock.monotonic()
  const stream = await http.stream({ url: source })
  const sha256 = store === undefined ? await byHand(stream, target) : await byPorts(stream, store, key)
  const seconds = (systemClock.monotonic() - begun) / 1000
  process.send?.({ seconds, before, peak: await resident('VmHWM'), sha256 } satisfies Copied)
  await store?.close()
  await egress.close()
  process.disconnect()
}

async function byPorts({ body }: HttpStream, store: ObjectStore, key: string): Promise<string> {
  const hash = createHash('sha256')
  const hashed = async function* () {
    for await (const piece of body) {
      hash.update(piece)
      yield piece
    }
  }
  await store.putStream(key, hashed(), { contentType: 'application/octet-stream', signal: new AbortController().signal })
  return hash.digest('hex')
}

async function byHand({ body }: HttpStream, path: string): Promise<string> {
  const hash = createHash('sha256')
  await using file = await open(path, 'w')
  for await (const piece of body) {
    hash.update(piece)
    await file.write(piece)
  }
  await file.datasync()
  return hash.digest('hex')
}

async function compare(): Promise<void> {
  await using folder = await temporaryFolder('bench')
  await using source = await start<{ port: number }>('./large.ts', [size], { WEAVER_BENCH_ROLE: 'source' })
  const address = `http://127.0.0.1:${source.first.port}/`
  const target = url ?? pathToFileURL(folder.join('objects')).href
  const once_ = async (way: 'product' | 'bare', round: number): Promise<Copied> => {
    const place = way === 'product' ? target : folder.join(`bare-${round}`)
    await using copier = await start<Copied>('./large.ts', [size, url ?? '', address, place, `bench/large-${process.pid}/${round}`], {
      WEAVER_BENCH_ROLE: way,
    })
    return copier.first
  }
  const rates: Record<'product' | 'bare', number[]> = { product: [], bare: [] }
  for (let round = 1; round <= rounds; round += 1) {
    for (const way of ['bare', 'product'] as const) {
      const { seconds, before, peak, sha256 } = await once_(way, round)
      const rate = Number(size) / seconds
      rates[way].push(rate)
      console.log(
        `${way.padEnd(8)} ${rate.toFixed(0).padStart(5)} MiB/s   memory ${before.toFixed(0)} -> ${peak.toFixed(0)} MiB   ${sha256.slice(0, 12)}`,
      )
    }
  }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  console.log(`${url === undefined ? 'folder' : 'S3'}: ${(median(rates.product) / median(rates.bare)).toFixed(2)} of a bare copy`)
}
