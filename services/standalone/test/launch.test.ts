import { chown, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { eventually, freePort, leakCheck, spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { generateKey } from '@data-weaver/vault'
import { expect, test } from 'vitest'
import { call, ctrlC, demoStream, firstDocument, main, position, ready, start } from './started.ts'

const isRoot = process.getuid?.() === 0
const nobody = 65_534

test('the first start makes everything, Ctrl-C ends everything, the second start goes on where the first was', async () => {
  await using folder = await temporaryFolder('start')
  const leaks = await leakCheck()
  const port = await freePort()
  await using first = start(folder.path, port)
  const id = await firstDocument(first)
  expect(await call(folder.path, port, `/v1/documents/${id}`)).toMatchObject({ id, stream: 'earthquakes' })
  for (const secret of ['secret.key', 'admin.token', 'postgres/password'])
    expect((await stat(folder.join(secret))).mode & 0o777, secret).toBe(0o600)
  expect((await stat(folder.path)).mode & 0o007).toBe(0)
  const token = await readFile(folder.join('admin.token'), 'utf8')
  expect(first.output(), 'no secret on the terminal').not.toContain(token.trim())

  await using second = start(folder.path, await freePort())
  expect((await second.exited).code).toBe(1)
  expect(second.output()).toMatch(new RegExp(`folder_in_use: The data folder ${folder.path} is in use by process ${first.pid}`))

  const { id: streamId } = await demoStream(folder.path, port)
  expect(await ctrlC(first)).toBeLessThan(10_000)
  expect(first.output()).toMatch(/\nStopped\.\n$/)
  const reached = await position(folder.path)
  await leaks.check({ folders: [folder.path], ports: [port] })

  await using again = start(folder.path, port)
  await firstDocument(again)
  expect(await readFile(folder.join('admin.token'), 'utf8')).toBe(token)
  expect((await demoStream(folder.path, port)).id).toBe(streamId)
  expect(await call(folder.path, port, `/v1/documents/${id}`)).toMatchObject({ id })
  await eventually(async () => (await position(folder.path)) > reached, { what: 'the demo source to move on' })
  expect(await position(folder.path)).toBeLessThan(reached + 30)
  await ctrlC(again)
}, 120_000)

test.each([/^Data Weaver starts/, /^ {2}(database|demo source) ready/, /^ {2}schema up to date/])(
  'Ctrl-C while it still starts, after %s',
  async (line) => {
    await using folder = await temporaryFolder('start')
    const port = await freePort()
    await using child = start(folder.path, port)
    await child.line(line)
    expect(await ctrlC(child)).toBeLessThan(10_000)
    await (await leakCheck()).check({ folders: [folder.path], ports: [port] })
  },
  120_000,
)

test('a setting that only a worker finds wrong is named on the terminal', async () => {
  await using folder = await temporaryFolder('start')
  await using child = start(folder.path, await freePort(), { WEAVER_DEMO: '0', WEAVER_CA_FILE: '/not/there.pem' })
  expect((await child.exited).code).toBe(78)
  expect(child.output()).toContain('WEAVER_CA_FILE names a file that cannot be read: /not/there.pem. Give the path of a PEM file.')
}, 120_000)

test('a queue that cannot be reached is said to be so, and not taken for ready', async () => {
  await using folder = await temporaryFolder('start')
  const port = await freePort()
  await using child = start(folder.path, port, { WEAVER_DEMO: '0', WEAVER_QUEUE_URL: `redis://127.0.0.1:${await freePort()}` })
  await child.line(/^ {2}! the queue cannot be reached/, 60_000)
  expect(child.output()).toContain('streams rest until it can. Is it up, and is WEAVER_QUEUE_URL right?')
  await ctrlC(child)
}, 120_000)

test('without the demo there is none; a demo that was there rests until it is wanted again', async () => {
  await using folder = await temporaryFolder('start')
  const port = await freePort()
  {
    await using child = start(folder.path, port)
    await firstDocument(child)
    await ctrlC(child)
  }
  {
    await using child = start(folder.path, port, { WEAVER_DEMO: '0' })
    await ready(child)
    await eventually(async () => (await demoStream(folder.path, port)).desired === 'stopped', { what: 'the demo stream to be stopped' })
    await ctrlC(child)
  }
  // Its port was given to another meanwhile: the stream follows the source to another one.
  const taken = createServer()
  const { port: old } = JSON.parse(await readFile(folder.join('demo.json'), 'utf8')) as { port: number }
  await new Promise<void>((resolve) => taken.listen(old, '127.0.0.1', resolve))
  try {
    await using child = start(folder.path, port)
    await ready(child)
    await eventually(async () => (await demoStream(folder.path, port)).desired === 'started', {
      what: 'the demo stream to be started again',
      timeoutMs: 40_000,
    })
    const { config } = await demoStream(folder.path, port)
    expect(new URL(config.request.url).port).not.toBe(String(old))
    await ctrlC(child)
  } finally {
    taken.close()
  }
}, 120_000)

test('a port in use is said before anything is started', async () => {
  const taken = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
  await using folder = await temporaryFolder('start')
  try {
    await using child = start(folder.path, port)
    expect((await child.exited).code).toBe(1)
    expect(child.output()).toMatch(new RegExp(`port_in_use: WEAVER_PORT ${port} on 127.0.0.1 is in use\\. .*WEAVER_PORT=3100`))
    expect(await readdir(folder.path)).not.toContain('postgres')
    await (await leakCheck()).check({ folders: [folder.path] })
  } finally {
    taken.close()
  }
})

test.each<[string, Record<string, string>, RegExp]>([
  ['a wrong type', { WEAVER_PORT: 'http' }, /WEAVER_PORT .*integer.*For example WEAVER_PORT=3000/],
  ['an unknown name', { WEAVER_PROT: '1' }, /WEAVER_PROT is not a known setting/],
  ['a store that is none', { WEAVER_STORE_URL: 'file:///' }, /WEAVER_STORE_URL/],
  ['a key that is none', { WEAVER_SECRET_KEY: 'short' }, /WEAVER_SECRET_KEY/],
  ['an allowance that is none', { WEAVER_EGRESS_ALLOW: '10.0.0.0/99' }, /WEAVER_EGRESS_ALLOW/],
  [
    'a ledger without a key',
    { WEAVER_LEDGER_URL: 'postgres://localhost/weaver' },
    /WEAVER_SECRET_KEY is not set[^]*WEAVER_ADMIN_TOKEN is not set/,
  ],
])('%s: status 78, with the name and a way out, and nothing is touched', async (_what, env, message) => {
  await using folder = await temporaryFolder('start')
  await using child = spawnNode(main, { env: { WEAVER_DATA_DIR: folder.join('data'), ...env } })
  expect((await child.exited).code).toBe(78)
  expect(child.output()).toMatch(message)
  expect(await readdir(folder.path)).toEqual([])
})

test('a data folder that cannot be one, and an address that is not here', async () => {
  await using folder = await temporaryFolder('start')
  await writeFile(folder.join('file'), '')
  await using one = spawnNode(main, { env: { WEAVER_DATA_DIR: folder.join('file') } })
  expect((await one.exited).code).toBe(78)
  expect(one.output()).toContain('WEAVER_DATA_DIR names a folder that cannot be used')
  await using other = spawnNode(main, { env: { WEAVER_DATA_DIR: folder.join('data'), WEAVER_HOST: '203.0.113.7' } })
  expect((await other.exited).code).toBe(78)
  expect(other.output()).toContain('WEAVER_HOST 203.0.113.7 is no address of this machine')
})

test('a ledger that cannot be reached is an error that says so', async () => {
  await using folder = await temporaryFolder('start')
  const env = {
    WEAVER_LEDGER_URL: 'postgres://nobody@127.0.0.1:1/none',
    WEAVER_SECRET_KEY: generateKey(),
    WEAVER_ADMIN_TOKEN: 'a-token-of-some-length',
  }
  await using child = start(folder.path, await freePort(), env)
  expect((await child.exited).code).toBe(1)
  expect(child.output()).toContain('ledger_unavailable')
  await (await leakCheck()).check({ folders: [folder.path] })
})

test('--help lists the settings; another argument is refused', async () => {
  await using help = spawnNode(main, { args: ['--help'] })
  expect((await help.exited).code).toBe(0)
  expect(help.output()).toMatch(/WEAVER_DATA_DIR .*Default: \.weaver/)
  await using unknown = spawnNode(main, { args: ['--port'] })
  expect((await unknown.exited).code).toBe(64)
})

test.runIf(isRoot)(
  'it works as an ordinary user',
  async () => {
    await using folder = await temporaryFolder('start')
    await chown(folder.path, nobody, nobody)
    const port = await freePort()
    const through = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']
    await using child = start(folder.path, port, {}, { through, cwd: '/' })
    expect(await firstDocument(child)).toMatch(/^earthquakes:/)
    await ctrlC(child)
  },
  120_000,
)
