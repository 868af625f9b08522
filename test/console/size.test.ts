import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildConsole } from './browser.ts'

const dist = fileURLToPath(new URL('../../services/console/dist/', import.meta.url))
/** Largest first load, compressed bytes. */
const mostBytes = 300_000

describe('the build of the console', () => {
  beforeAll(buildConsole)

  it('is small enough: the page, and all it loads for any one view', async () => {
    const html = await readFile(`${dist}index.html`, 'utf8')
    const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
    expect(named.length).toBeGreaterThan(1)
    const compressed = async (path: string) => gzipSync(await readFile(`${dist}${path}`), { level: 9 }).byteLength
    const all = (await readdir(`${dist}assets`)).map((file) => `assets/${file}`)
    // The heaviest view loads less than everything there is.
    const sizes = await Promise.all([...new Set([...named, ...all])].map(compressed))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(mostBytes)
  })

  it('has nothing inline and nothing from elsewhere in its page', async () => {
    const html = await readFile(`${dist}index.html`, 'utf8')
    expect(html).not.toMatch(/<style|style=|<script(?![^>]* src=)|https?:/)
  })
})
