import { readdir, readFile, stat } from 'node:fs/promises'
import { temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { openLogFile } from './log-file.ts'

test('a log file stays below its limit, with two older ones beside it, and goes on where it was', async () => {
  await using folder = await temporaryFolder()
  const path = folder.join('worker.log')
  for (let start = 0; start < 3; start++) {
    using file = openLogFile(path, 1000)
    for (let line = 0; line < 30; line++) file.write(`${start} ${line} ${'x'.repeat(90)}`)
  }
  expect((await readdir(folder.path)).toSorted()).toEqual(['worker.log', 'worker.log.1', 'worker.log.2'])
  for (const name of await readdir(folder.path)) {
    const { size, mode } = await stat(folder.join(name))
    expect(size).toBeLessThanOrEqual(1000)
    expect(mode & 0o777).toBe(0o600)
  }
  const all = await Promise.all(['worker.log.2', 'worker.log.1', 'worker.log'].map((name) => readFile(folder.join(name), 'utf8')))
  const lines = all
    .join('')
    .trim()
    .split('\n')
    .map((line) => line.slice(0, 4).trim())
  expect(lines.at(-1)).toBe('2 29')
  // The last lines are all there, in order.
  expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => `2 ${30 - lines.length + index}`))
})

test('a disk that is full costs lines, not the process', async () => {
  using file = openLogFile('/dev/full', 1e9)
  expect(() => file.write('lost')).not.toThrow()
})
