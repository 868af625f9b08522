import { mkdir, readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { leakCheck, temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { Children } from '../src/children.ts'
import { openDataFolder } from '../src/data-folder.ts'

const standIn = fileURLToPath(new URL('./stand-in.ts', import.meta.url))

test('services are stopped first, all at once; the database when they are gone', async () => {
  await using outer = await temporaryFolder('children')
  const leaks = await leakCheck()
  const dataDir = outer.join('data')
  await mkdir(dataDir)
  const folder = await openDataFolder(dataDir, silentLog)
  using _lock = folder.lock
  expect(folder.isNew).toBe(true)
  const said: string[] = []
  const pids: number[] = []
  const screen = { say: (line: string) => void said.push(line), childLine() {} }
  const children = new Children({ folder, screen, clock: systemClock, log: silentLog, instance: 'abc', onStart: (pid) => pids.push(pid) })
  const notes = outer.join('notes')
  const env = (name: string) => ({ PATH: process.env['PATH'] ?? '', STAND_IN_FILE: notes, STAND_IN_NAME: name })
  const all = [
    children.database(standIn, '/somewhere', env('database')),
    children.service('one', standIn, ['--flag'], env('one')),
    children.service('other part', standIn, [], env('other')),
  ]
  const messages = await Promise.all(all.map((child) => child.ready))
  expect(messages.map((message) => message['arguments'])).toEqual([
    ['--folder', '/somewhere', '--instance=abc'],
    ['--flag', '--instance=abc'],
    ['--instance=abc'],
  ])
  expect(pids).toEqual(all.map((child) => child.pid()))
  const began = performance.now()
  await children.stop()
  expect(performance.now() - began, 'the two services closed at the same time').toBeLessThan(3000)
  const closed = (await readFile(notes, 'utf8')).split('\n').filter((line) => line.endsWith('closed'))
  expect(closed).toHaveLength(3)
  expect(closed.at(-1)).toBe('database closed')
  expect((await readdir(folder.join('logs'))).toSorted()).toEqual(['database.log', 'one.log', 'other-part.log'])
  expect(said).toEqual([])
  await leaks.check({ folders: [dataDir] })
})
