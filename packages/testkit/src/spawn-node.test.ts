import { isAlive } from '@data-weaver/process'
import { expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { leakCheck } from './leak-check.ts'
import { sourceServer } from './source-server.ts'
import { spawnNode } from './spawn-node.ts'
import { temporaryFolder } from './temporary-folder.ts'

const script = new URL('./fixtures/wait.ts', import.meta.url)

test('a child is killed at the end of the scope', async () => {
  let pid: number
  {
    await using child = spawnNode(script)
    pid = child.pid
    await child.line(/^one$/)
    await child.line(/^two$/)
    expect(await isAlive(pid)).toBe(true)
  }
  expect(await isAlive(pid)).toBe(false)
})

test('a child sees little of the environment, and what it is given', async () => {
  await using child = spawnNode(script, { env: { WEAVER_PORT: '1' } })
  const [, names = ''] = await child.line(/^environment (.*)$/)
  expect(names.split(',')).toContain('WEAVER_PORT')
  for (const name of names.split(',')) expect(['HOME', 'LANG', 'PATH', 'TMPDIR', 'WEAVER_PORT']).toContain(name)
})

test('waiting for a line of a child that ended fails at once and shows what it printed', async () => {
  await using child = spawnNode(script, { args: ['fail'] })
  expect(await child.exited).toEqual({ code: 3, signal: null })
  await expect(child.line(/^never$/)).rejects.toThrow(/which ended and printed:\n(one|two)/)
})

test('the leak check finds a child, a folder, a port, and a process that only mentions a folder', async () => {
  const watch = await leakCheck()
  await watch.check()
  const folder = await temporaryFolder('leak')
  const source = await sourceServer()
  const child = spawnNode(script, { cwd: folder.path })
  await child.line(/^one$/)
  const scope = { folders: [folder.path], ports: [source.port], withinMs: 100 }
  await expect(watch.check(scope)).rejects.toThrow(
    new RegExp(`^Left behind: process ${child.pid} \\(.*wait\\.ts\\); folder ${folder.path}; port ${source.port}$`),
  )
  const later = await leakCheck()
  await later.check({ withinMs: 100 })
  await expect(later.check({ folders: [folder.path], withinMs: 100 })).rejects.toThrow(`process ${child.pid}`)
  await child.end('SIGKILL')
  await source.close()
  await folder.remove()
  await watch.check(scope)
})

test('eventually says what it waited for and what came instead', async () => {
  let calls = 0
  expect(await eventually(() => (++calls < 3 ? undefined : calls), { what: 'three calls' })).toBe(3)
  expect(await eventually(() => 0, { what: 'a number' }), 'zero is an answer').toBe(0)
  await expect(eventually(() => Promise.reject(new Error('not yet')), { what: 'a thing', timeoutMs: 30 })).rejects.toMatchObject({
    message: 'Waited 30 ms for a thing',
    cause: new Error('not yet'),
  })
})
