import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@data-weaver/contracts'
import { temporaryFolder } from '@data-weaver/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { buildConsole, type ConsoleSources } from './build.ts'

const vite = fileURLToPath(new URL('../../../console/node_modules/vite', import.meta.url))

let stack: AsyncDisposableStack
let folder: string
let sources: ConsoleSources
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  folder = stack.use(await temporaryFolder('console-build')).path
  await mkdir(`${folder}/node_modules`)
  await mkdir(`${folder}/src`)
  await symlink(vite, `${folder}/node_modules/vite`)
  await writeFile(`${folder}/package.json`, '{"type":"module"}')
  await writeFile(`${folder}/index.html`, '<!doctype html><title>small</title><script type="module" src="/src/main.js"></script>')
  await writeFile(`${folder}/src/main.js`, "document.title = 'first'")
  sources = { folder, parts: [`${folder}/index.html`, `${folder}/src`, `${folder}/is-not-there`] }
})
afterEach(async () => await stack.disposeAsync())

const builtCode = async () => {
  const [name = ''] = await readdir(`${folder}/dist/assets`)
  return await readFile(`${folder}/dist/assets/${name}`, 'utf8')
}

it('builds what is missing, then only what changed', async () => {
  expect(await buildConsole(sources, systemClock)).toBe(true)
  expect(await builtCode()).toContain('first')
  expect(await buildConsole(sources, systemClock)).toBe(false)
  await writeFile(`${folder}/src/main.js`, "document.title = 'second'")
  const later = new Date(Date.now() + 60_000)
  await utimes(`${folder}/src/main.js`, later, later)
  expect(await buildConsole(sources, systemClock)).toBe(true)
  expect(await builtCode()).toContain('second')
  expect(await readdir(`${folder}/node_modules/.cache/build`)).toEqual(expect.not.arrayContaining(['next', 'before']))
})

it('is built once by two starts at once', async () => {
  const built = await Promise.all([buildConsole(sources, systemClock), buildConsole(sources, systemClock)])
  expect(built.filter((wasBuilt) => wasBuilt)).toHaveLength(1)
})

it('keeps the build that is there when the next one fails', async () => {
  await buildConsole(sources, systemClock)
  await writeFile(`${folder}/src/main.js`, "import './nothing.js'")
  const later = new Date(Date.now() + 60_000)
  await utimes(`${folder}/src/main.js`, later, later)
  await expect(buildConsole(sources, systemClock)).rejects.toMatchObject({ code: 'internal' })
  expect(await builtCode()).toContain('first')
})

it('does nothing where the tools are not installed', async () => {
  await using elsewhere = await temporaryFolder('no-console')
  expect(await buildConsole({ folder: elsewhere.path, parts: [] }, systemClock)).toBe(false)
})
