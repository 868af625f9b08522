import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { temporaryFolder } from '@data-weaver/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, type Api, startApi } from '../../test/harness.ts'

const browser = { accept: 'text/html,application/xhtml+xml', 'accept-encoding': 'gzip, deflate, br, zstd', 'sec-fetch-mode': 'navigate' }
const script = `export const text = '${'a long line of code; '.repeat(200)}'`

let stack: AsyncDisposableStack
let api: Api
let folder: string
beforeAll(async () => {
  stack = new AsyncDisposableStack()
  const temporary = stack.use(await temporaryFolder('console'))
  folder = temporary.join('dist')
  api = stack.use(await startApi((parts) => ({ ...parts, consoleFolder: folder })))
})
afterAll(async () => await stack.disposeAsync())

async function build(name: string): Promise<void> {
  const next = `${folder}.next`
  await mkdir(`${next}/assets`, { recursive: true })
  await writeFile(`${next}/index.html`, `<!doctype html><title>${name}</title><script type="module" src="/assets/${name}.js"></script>`)
  await writeFile(`${next}/assets/${name}.js`, `${script} // ${name}`)
  await writeFile(`${next}/icon.svg`, '<svg xmlns="http://www.w3.org/2000/svg"/>')
  // Two builds within one tick of the file system's clock are still two.
  await utimes(`${next}/index.html`, new Date(), new Date(Date.now() + (builds += 1000)))
  await rm(folder, { recursive: true, force: true })
  await rename(next, folder)
}
let builds = 0

const get = async (url: string, headers: Record<string, string> = {}) => await api.app.inject({ method: 'GET', url, headers })

describe('the console', () => {
  it('is announced while it is not built, and appears when it is', async () => {
    const early = await get('/', browser)
    expect([early.statusCode, early.headers['content-type']]).toEqual([503, 'text/html; charset=utf-8'])
    expect(early.body).toContain('being built')
    await build('first')
    expect((await get('/', browser)).body).toContain('<title>first</title>')
  })

  it('is served with a strict policy, and its page is asked for anew each time', async () => {
    await build('strict')
    const page = await get('/', browser)
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
    })
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    const again = await get('/', { ...browser, 'if-none-match': String(page.headers['etag']) })
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  it('has files that are kept for ever, compressed as the browser takes it', async () => {
    await build('assets')
    const asset = async (encoding: string) => await get('/assets/assets.js', { 'accept-encoding': encoding })
    const [br, gz, plain] = [await asset('gzip, br'), await asset('gzip, br;q=0'), await asset('')]
    expect(br.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    })
    expect(brotliDecompressSync(br.rawPayload).toString()).toBe(`${script} // assets`)
    expect(gz.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(gz.rawPayload).toString()).toBe(`${script} // assets`)
    expect([plain.headers['content-encoding'], plain.body]).toEqual([undefined, `${script} // assets`])
    expect(br.rawPayload.byteLength).toBeLessThan(plain.rawPayload.byteLength / 4)
    expect((await get('/icon.svg')).headers).toMatchObject({ 'content-type': 'image/svg+xml; charset=utf-8', 'cache-control': 'no-cache' })
  })

  it('has views at addresses of their own, for people who go there and for nobody else', async () => {
    await build('views')
    for (const url of ['/streams', '/documents/earthquakes:ci1.2%2F3', '/runs/1?tab=logs', '/index.html']) {
      expect((await get(url, browser)).body, url).toContain('<title>views</title>')
    }
    for (const headers of [{}, { accept: '*/*', 'sec-fetch-mode': 'cors' }, { ...browser, 'sec-fetch-mode': 'no-cors' }]) {
      const answer = await get('/assets/gone.js', headers)
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'unauthorized'])
    }
    const authorization = `Bearer ${adminToken}`
    expect((await get('/assets/gone.js', { authorization })).statusCode).toBe(404)
    expect((await get('/%00', browser)).statusCode).toBe(400)
    expect((await get('/..%2fpackage.json', browser)).body).toContain('<title>views</title>')
  })

  it('changes no answer of the API', async () => {
    await build('api')
    const headers = { ...browser, authorization: `Bearer ${adminToken}` }
    const status = async (method: 'GET' | 'POST', url: string) => (await api.app.inject({ method, url, headers })).statusCode
    expect(await status('GET', '/v1/streams')).toBe(200)
    expect(await status('GET', '/v1/nothing')).toBe(404)
    expect(await status('GET', '/v1/workers/start')).toBe(405)
    expect(await status('POST', '/streams')).toBe(404)
    expect(await status('GET', '/docs')).toBe(200)
    expect(await status('GET', '/queues')).toBe(200)
    expect(await status('GET', '/queues/nothing')).toBe(404)
    expect((await get('/v1/streams', browser)).statusCode).toBe(401)
    expect((await get('/v1', browser)).statusCode).toBe(401)
  })

  it('is exchanged without a restart, and pages that are open find their files', async () => {
    await build('old')
    await get('/', browser)
    await build('new')
    expect((await get('/', browser)).body).toContain('<title>new</title>')
    expect((await get('/assets/new.js')).statusCode).toBe(200)
    expect((await get('/assets/old.js')).statusCode).toBe(200)
  })
})
