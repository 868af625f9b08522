import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fakeClock } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { createScreen, forShell, shortPath } from './screen.ts'

const run = promisify(execFile)

test('errors of a child are shown, each sort once in a while, and nothing else', async () => {
  const lines: string[] = []
  const clock = fakeClock()
  const screen = createScreen((line) => lines.push(line), clock)
  const error = (message: string) => JSON.stringify({ level: 50, msg: 'fetch failed', err: { code: 'internal', message } })
  screen.childLine('worker', JSON.stringify({ level: 30, msg: 'all is well' }))
  screen.childLine('worker', 'no JSON at all')
  screen.childLine('worker', '{"level":50,')
  for (let times = 0; times < 5; times++) screen.childLine('worker', error('one\nand a stack'))
  screen.childLine('supervisor', error('two'))
  await clock.advance(30_000)
  screen.childLine('worker', error('three'))
  expect(lines).toEqual([
    '  ! worker: fetch failed: one',
    '  ! supervisor: fetch failed: two',
    '  ! worker: fetch failed: three (and 4 times more before)',
  ])
})

test('paths are as short as they can be typed, and survive the shell', async () => {
  expect(shortPath('/srv/.weaver/admin.token', '/srv')).toBe('.weaver/admin.token')
  expect(shortPath('/elsewhere/admin.token', '/work')).toBe('/elsewhere/admin.token')
  expect(forShell('.weaver/admin.token')).toBe('.weaver/admin.token')
  for (const path of ["/it's here/a b", '/$HOME/`id`', '/ü & 漢'])
    expect((await run('sh', ['-c', `printf %s ${forShell(path)}`])).stdout).toBe(path)
  expect((await run('sh', ['-c', `printf %s ${forShell('~/a b')}`], { env: { HOME: '/home/me' } })).stdout).toBe('/home/me/a b')
})
