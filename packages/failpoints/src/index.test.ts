import { fileURLToPath } from 'node:url'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { spawnNode } from '@data-weaver/testkit'
import { afterEach, expect, test } from 'vitest'
import { armFailpoints, failpoint, parseFailpoints } from './index.ts'

const arm = (text: string, random = () => 0) => armFailpoints(parseFailpoints(text, true), { clock: systemClock, log: silentLog, random })

afterEach(() => arm(''))

test('nothing happens where nothing is armed', async () => {
  expect(failpoint('fetch.committed')).toBeUndefined()
  arm('sink.read=error')
  await expect(failpoint('fetch.committed')).resolves.toBeUndefined()
})

test('an error comes as often as it was asked for', async () => {
  arm('sink.read=error*2')
  await expect(failpoint('sink.read')).rejects.toMatchObject({ code: 'internal' })
  await expect(failpoint('sink.read')).rejects.toMatchObject({ code: 'internal' })
  await expect(failpoint('sink.read')).resolves.toBeUndefined()
})

test('the probability decides', async () => {
  const draws = [0.29, 0.31]
  arm('sink.read=error@0.3', () => draws.shift() ?? 1)
  await expect(failpoint('sink.read')).rejects.toMatchObject({ code: 'internal' })
  await expect(failpoint('sink.read')).resolves.toBeUndefined()
})

test('a delay waits so long', async () => {
  const waits: number[] = []
  const clock = { ...systemClock, sleep: async (ms: number) => void waits.push(ms) }
  armFailpoints(parseFailpoints('sink.read=delay:250', true), { clock, log: silentLog, random: () => 0 })
  await failpoint('sink.read')
  expect(waits).toEqual([250])
})

test('kill ends the process there', async () => {
  await using child = spawnNode(fileURLToPath(new URL('./fixtures/passes.ts', import.meta.url)), { args: ['fetch.stored=kill'] })
  expect(await child.exited).toMatchObject({ signal: 'SIGKILL' })
  expect(child.output()).toBe('before\n')
})

test.each(['fetch.stored', 'nosuch.point=kill', 'fetch.stored=explode', 'fetch.stored=kill@2'])('%s is refused', (text) => {
  expect(() => parseFailpoints(text, true)).toThrow(expect.objectContaining({ code: 'invalid_settings' }))
})

test('no failpoint without the permission', () => {
  expect(() => parseFailpoints('fetch.stored=kill', false)).toThrow(
    expect.objectContaining({ code: 'invalid_settings', errors: [expect.objectContaining({ field: 'WEAVER_FAILPOINTS' })] }),
  )
  expect(parseFailpoints('', false)).toEqual([])
})
