import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { isAlive } from '@data-weaver/process'
import { eventually, freePort, leakCheck, temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { call, childPid, ctrlC, firstDocument, ready, start } from './started.ts'

test('whatever dies is started again', async () => {
  await using folder = await temporaryFolder('start')
  const port = await freePort()
  await using child = start(folder.path, port)
  await firstDocument(child)
  const { items } = await call<{ items: { id: string; revision: number }[] }>(
    folder.path,
    port,
    '/v1/documents?stream=earthquakes&limit=500',
  )
  for (const name of ['worker', 'supervisor', 'demo-source']) {
    process.kill(await childPid(folder, name), 'SIGKILL')
    await child.line(new RegExp(`^ {2}! the ${name.replace('-', ' ')} ended \\(SIGKILL\\)`))
    await child.line(new RegExp(`^ {2}${name.replace('-', ' ')} is up again`))
  }
  // The keeper of the database: the server goes on, and is adopted.
  const postmaster = async () => Number((await readFile(folder.join('postgres/cluster/postmaster.pid'), 'utf8')).split('\n')[0])
  const server = await postmaster()
  const keepers = (await readdir('/proc')).filter(
    (pid) => /^\d+$/.test(pid) && commandLine(pid).includes(`${folder.path}/postgres --instance`.replaceAll(' ', '\0')),
  )
  for (const pid of keepers) process.kill(Number(pid), 'SIGKILL')
  await child.line(/^ {2}database is up again/)
  expect(await postmaster()).toBe(server)
  // The server itself.
  process.kill(server, 'SIGKILL')
  await eventually(async () => (await postmaster().catch(() => server)) !== server, { what: 'another server' })
  await eventually(
    async () =>
      (await call<{ items: object[] }>(folder.path, port, '/v1/documents?stream=earthquakes&limit=500')).items.length >= items.length,
    {
      what: 'all documents to be there again',
      timeoutMs: 40_000,
    },
  )
  await ctrlC(child)
}, 120_000)

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

test('kill -9 of the launcher: its children end, and the next start works', async () => {
  await using folder = await temporaryFolder('start')
  const leaks = await leakCheck()
  const port = await freePort()
  await using first = start(folder.path, port)
  const id = await firstDocument(first)
  await first.end('SIGKILL')
  // At once, while the children are still closing.
  await using second = start(folder.path, port)
  await firstDocument(second)
  expect(await call(folder.path, port, `/v1/documents/${id}`)).toMatchObject({ id })
  await second.end('SIGKILL')
  await leaks.check({ folders: [folder.path], ports: [port], withinMs: 20_000 })
}, 120_000)

test('a second Ctrl-C does not wait for what hangs, and leaves nothing behind', async () => {
  await using folder = await temporaryFolder('start')
  const port = await freePort()
  await using child = start(folder.path, port, { WEAVER_DEMO: '0' })
  await ready(child)
  const worker = await childPid(folder, 'worker')
  process.kill(worker, 'SIGSTOP')
  process.kill(-child.pid, 'SIGINT')
  await child.line(/^Stopping/)
  let code: number | null = null
  void child.exited.then((exit) => (code = exit.code))
  await eventually(
    () => {
      if (code === null) process.kill(-child.pid, 'SIGINT')
      return code !== null
    },
    { what: 'the launcher to end', intervalMs: 100, timeoutMs: 3000 },
  )
  expect(code).toBe(130)
  const leaks = await leakCheck()
  await leaks.check({ folders: [folder.path], ports: [port] })
  expect(await isAlive(worker)).toBe(false)
}, 120_000)

test('a worker that hangs does not hold up a stop for more than ten seconds', async () => {
  await using folder = await temporaryFolder('start')
  const port = await freePort()
  await using child = start(folder.path, port, { WEAVER_DEMO: '0' })
  await ready(child)
  process.kill(await childPid(folder, 'worker'), 'SIGSTOP')
  expect(await ctrlC(child)).toBeLessThan(10_000)
  await (await leakCheck()).check({ folders: [folder.path], ports: [port] })
}, 120_000)
