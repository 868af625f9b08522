import { readFile } from 'node:fs/promises'
import { eventually, spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'

const service = new URL('./fixtures/service.ts', import.meta.url)
const closedInOrder = 'closed last opened\nclosed first opened\n'

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s closes what was opened, in reverse order, and ends with 0', async (signal) => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(service, { args: [folder.join('notes')] })
  await child.line(/^up/)
  expect(await child.end(signal)).toEqual({ code: 0, signal: null })
  expect(await readFile(folder.join('notes'), 'utf8')).toBe(`up ${child.pid}\nstopping: ${signal}\n${closedInOrder}`)
})

test('the end of the parent is noticed', async () => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(service, { args: [folder.join('notes')], ipc: true })
  await child.line(/^up/)
  child.child.disconnect()
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(await readFile(folder.join('notes'), 'utf8')).toContain(closedInOrder)
  expect(child.output()).toContain('parent gone')
})

test('a stop while it still starts interrupts the start', async () => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(service, { args: [folder.join('notes'), 'hangs'], ipc: true })
  // The handlers are in place before the start begins; the disconnect may come at any time.
  child.child.disconnect()
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(await readFile(folder.join('notes'), 'utf8')).toBe(`stopping: parent gone\n${closedInOrder}`)
})

test('closing that takes too long is cut off, and the exit status says so', async () => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(service, { args: [folder.join('notes'), 'slow', 'impatient'] })
  await child.line(/^up/)
  expect(await child.end('SIGTERM')).toEqual({ code: 130, signal: null })
})

test('a second signal ends it at once', async () => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(service, { args: [folder.join('notes'), 'slow'] })
  await child.line(/^up/)
  child.child.kill('SIGINT')
  await child.line(/^Stopping/)
  await eventually(() => !child.child.kill('SIGINT') || child.child.exitCode !== null, {
    what: 'it to end',
    intervalMs: 50,
    timeoutMs: 4000,
  })
  expect(await child.exited).toEqual({ code: 130, signal: null })
})

test('one Ctrl-C that arrives twice is one', async () => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(service, { args: [folder.join('notes')] })
  await child.line(/^up/)
  child.child.kill('SIGINT')
  child.child.kill('SIGTERM')
  expect(await child.end('SIGINT')).toEqual({ code: 0, signal: null })
  expect(await readFile(folder.join('notes'), 'utf8')).toContain(closedInOrder)
})

test.each([
  ['settings', 78, /WEAVER_X is wrong/],
  ['fails', 1, /cannot start/],
  ['crashes', 1, /crashed/],
  ['rejects', 1, /nobody caught/],
])('an error (%s) closes what was opened and ends with %i', async (how, code, line) => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(service, { args: [folder.join('notes'), how] })
  expect(await child.exited).toEqual({ code, signal: null })
  expect(child.output()).toMatch(line)
  expect(await readFile(folder.join('notes'), 'utf8')).toContain(closedInOrder)
})
