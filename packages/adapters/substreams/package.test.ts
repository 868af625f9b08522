import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../src/config.ts'
import { substreams } from './index.ts'
import { Chain } from './test/chain.ts'
import { Endpoint } from './test/endpoint.ts'
import { packageBytes, transfers } from './test/package.ts'
import { configFor, inlinePackage, recordsOf, start } from './test/run.ts'

/** A web server with a package, and how often it was asked. */
async function web(listener: RequestListener) {
  const asked: (string | undefined)[] = []
  const server: Server = createServer((request, response) => {
    asked.push(request.url)
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/it.spkg`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function one(): Chain {
  const chain = new Chain()
  chain.push(transfers([{ account: 'ann' }]))
  return chain
}

/** A package that differs from all others, so that no other test has put it into the cache. */
const unlike = (note: string): Buffer => Buffer.concat([packageBytes(), Buffer.from([0x4a, note.length]), Buffer.from(note)])
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('a package at a URL', () => {
  it('is fetched when a run begins', async () => {
    await using endpoint = await Endpoint.start(one())
    await using site = await web((_request, response) => response.end(packageBytes()))
    const config = configFor(endpoint.origin, { package: { from: 'url', url: site.url }, stopBlock: 101 })
    const run = start(config)
    expect(await run.ended).toBeUndefined()
    expect(recordsOf(config, run.pages)).toHaveLength(1)
    expect(site.asked).toEqual(['/it.spkg'])
    expect(run.pages[0]?.cursor).toMatchObject({ package: sha256(packageBytes()) })
  })

  it('is not fetched again where its hash is known', async () => {
    await using endpoint = await Endpoint.start(one())
    const bytes = unlike('hashed')
    await using site = await web((_request, response) => response.end(bytes))
    const config = configFor(endpoint.origin, {
      package: { from: 'url', url: site.url, sha256: sha256(bytes).toUpperCase() },
      stopBlock: 101,
    })
    expect(await start(config).ended).toBeUndefined()
    expect(await start(config).ended).toBeUndefined()
    expect(site.asked).toHaveLength(1)
  })

  it('that is another one than its hash says is refused', async () => {
    await using endpoint = await Endpoint.start(one())
    await using site = await web((_request, response) => response.end(packageBytes()))
    const config = configFor(endpoint.origin, { package: { from: 'url', url: site.url, sha256: 'a'.repeat(64) } })
    expect(await start(config).ended).toMatchObject({ code: 'invalid_config', errors: [{ field: 'config.package.sha256' }] })
    expect(endpoint.asked).toEqual([])
  })

  it('that has changed since the checkpoint is used, with a warning', async () => {
    const chain = one()
    await using endpoint = await Endpoint.start(chain)
    let bytes = unlike('before')
    await using site = await web((_request, response) => response.end(bytes))
    const source = { package: { from: 'url', url: site.url } }
    const first = start(configFor(endpoint.origin, { ...source, stopBlock: 101 }))
    expect(await first.ended).toBeUndefined()
    bytes = unlike('after')
    chain.push(transfers([{ account: 'bob' }]))
    const log: unknown[] = []
    const config = configFor(endpoint.origin, { ...source, stopBlock: 102 })
    const second = start(config, { cursor: first.pages.at(-1)?.cursor ?? null, log })
    expect(await second.ended).toBeUndefined()
    expect(recordsOf(config, second.pages).map(({ key }) => key[0])).toEqual(['bob'])
    expect(JSON.stringify(log)).toContain(sha256(bytes))
  })

  it.each([
    ['that is not there', 404, 'source_not_found', ''],
    ['that may not be had', 403, 'auth_failed', ''],
    ['that is an HTML page', 200, 'source_malformed', '<!doctype html><html>'],
    ['that is empty', 200, 'source_malformed', ''],
    ['that is cut', 200, 'source_malformed', packageBytes().subarray(0, 300)],
  ])('%s is said so (%i)', async (_name, status, code, body) => {
    await using endpoint = await Endpoint.start(one())
    await using site = await web((_request, response) => response.writeHead(status).end(body))
    const run = start(configFor(endpoint.origin, { package: { from: 'url', url: site.url } }))
    expect(await run.ended).toMatchObject({ code })
    expect(endpoint.asked).toEqual([])
  })
})

describe('a configuration', () => {
  it.each([
    [{ package: { from: 'inline', base64: 'AAAA' } }, 'config.package.base64'],
    [{ module: 'map_nothing' }, 'config.module'],
    [{ module: 'store_totals' }, 'config.module'],
    [{ module: 'map_lost' }, 'config.package'],
    [{ records: 'nothing' }, 'config.records'],
    [{ primaryKey: ['nothing'] }, 'config.primaryKey.0'],
    [{ network: 'solana' }, 'config.network'],
    [{ params: { map_nothing: 'x' } }, 'config.params.map_nothing'],
    [{ params: { map_plain: 'x' } }, 'config.params.map_plain'],
  ])('%j is refused before anything is asked', async (more, field) => {
    await using endpoint = await Endpoint.start(one())
    const error = await start(configFor(endpoint.origin, more)).ended
    expect(error).toMatchObject({ code: 'invalid_config', errors: [{ field }] })
    expect(endpoint.asked).toEqual([])
  })

  const valid = { endpoint: 'https://a.example', package: inlinePackage, module: 'map_transfers', primaryKey: ['account'] }
  it.each([
    [{ endpoint: 'ftp://a.example' }, [], 'config.endpoint'],
    [{ endpoint: 'https://me:you@a.example' }, [], 'config.endpoint'],
    [{ endpoint: 'https://:1' }, [], 'config.endpoint'],
    [{ package: { from: 'url', url: 'file:///etc/passwd' } }, [], 'config.package.url'],
    [{ package: { from: 'url', url: 'https://' } }, [], 'config.package.url'],
    [{ startBlock: 5, stopBlock: 5 }, [], 'config.stopBlock'],
    [{ primaryKey: [] }, [], 'config.primaryKey'],
    [{ records: 'a..b' }, [], 'config.records'],
    [{ unknown: 1 }, [], 'config.unknown'],
    [{}, ['other'], 'secrets.other'],
  ])('%j with the secrets %j is refused', (more, secrets, field) => {
    expect(() => parseConfig(substreams, valid, ['token'])).not.toThrow()
    const error = expect.objectContaining({ code: 'invalid_config', errors: expect.arrayContaining([expect.objectContaining({ field })]) })
    expect(() => parseConfig(substreams, { ...valid, ...more }, secrets)).toThrow(error)
  })
})
