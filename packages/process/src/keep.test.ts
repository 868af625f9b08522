import { fileURLToPath } from 'node:url'
import { readFile } from 'node:fs/promises'
import { type Clock, silentLog, systemClock } from '@data-weaver/contracts'
import { eventually, spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { isAlive } from './alive.ts'
import { type Death, type KeepOptions, keepRunning, type KeptProcess } from './keep.ts'

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url))

/** The pauses between starts, ten seconds at most, take a hundredth of that; the patience with a process that starts stays as it is. */
const hurriedClock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms <= 10_000 ? ms / 100 : ms, signal) }

function keep(script: string, args: readonly string[], more: Partial<KeepOptions> = {}): KeptProcess & AsyncDisposable {
  const kept = keepRunning({
    name: script,
    script: fixture(script),
    args: () => args,
    env: { PATH: process.env['PATH'] ?? '' },
    clock: systemClock,
    log: silentLog,
    onLine() {},
    ...more,
  })
  return { ...kept, [Symbol.asyncDispose]: () => kept.stop(0) }
}

test('a process that is killed is started again', async () => {
  await using folder = await temporaryFolder()
  const deaths: Death[] = []
  await using kept = keep('service', [folder.join('notes')], { onDeath: (death) => deaths.push(death) })
  const { pid } = await kept.ready
  expect(kept.pid()).toBe(pid)
  process.kill(pid as number, 'SIGKILL')
  const next = await eventually(() => (kept.pid() === pid ? undefined : kept.pid()), { what: 'another process' })
  await eventually(async () => (await readFile(folder.join('notes'), 'utf8')).includes(`up ${next}`), { what: 'it to be up' })
  expect(deaths).toEqual([expect.objectContaining({ signal: 'SIGKILL', restartInMs: 200 })])
})

test('the pauses between starts grow to a limit', async () => {
  await using folder = await temporaryFolder()
  const deaths: Death[] = []
  // Each is ready, and crashes then: so it is never given up.
  await using kept = keep('service', [folder.join('notes'), 'crashes'], { clock: hurriedClock, onDeath: (death) => deaths.push(death) })
  await eventually(() => deaths.length >= 8, { what: 'eight deaths', timeoutMs: 50_000 })
  await kept.stop(1000)
  expect(deaths.slice(0, 8).map(({ restartInMs }) => restartInMs)).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
})

test('a process that never gets up is given up, with what it said', async () => {
  await using folder = await temporaryFolder()
  const deaths: Death[] = []
  await using kept = keep('service', [folder.join('notes'), 'fails'], { onDeath: (death) => deaths.push(death) })
  await expect(kept.ready).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('cannot start') })
  expect(deaths.map(({ code, restartInMs }) => [code, restartInMs])).toEqual([
    [1, 200],
    [1, 400],
    [1, undefined],
  ])
})

test('settings that are not valid are not tried again', async () => {
  await using folder = await temporaryFolder()
  const deaths: Death[] = []
  await using kept = keep('service', [folder.join('notes'), 'settings'], { onDeath: (death) => deaths.push(death) })
  await expect(kept.ready).rejects.toMatchObject({ code: 'invalid_settings', message: expect.stringContaining('WEAVER_X is wrong') })
  expect(deaths).toHaveLength(1)
})

test('a process that does not get ready in time is killed and tried again', async () => {
  await using folder = await temporaryFolder()
  const deaths: Death[] = []
  await using kept = keep('service', [folder.join('notes'), 'hangs'], {
    startLimitMs: 300,
    firstAttempts: 2,
    onDeath: (death) => deaths.push(death),
  })
  await expect(kept.ready).rejects.toMatchObject({ code: 'internal' })
  expect(deaths.map(({ signal }) => signal)).toEqual(['SIGKILL', 'SIGKILL'])
})

test('stop lets it close, and it is not started again', async () => {
  await using folder = await temporaryFolder()
  const kept = keep('service', [folder.join('notes')])
  const { pid } = await kept.ready
  await kept.stop(10_000)
  expect(await isAlive(pid as number)).toBe(false)
  expect(kept.pid()).toBeUndefined()
  expect(await readFile(folder.join('notes'), 'utf8')).toBe(
    `up ${String(pid)}\nstopping: SIGTERM\nclosed last opened\nclosed first opened\n`,
  )
})

test('stop during a pause between starts does not wait for its end', async () => {
  await using folder = await temporaryFolder()
  let deaths = 0
  const slow: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms === 200 ? 600_000 : ms, signal) }
  const kept = keep('service', [folder.join('notes'), 'fails'], { clock: slow, onDeath: () => (deaths += 1) })
  await eventually(() => deaths === 1, { what: 'the first death' })
  await kept.stop(1000)
  await expect(kept.ready).rejects.toMatchObject({ code: 'interrupted' })
  expect(deaths).toBe(1)
})

test('a process that does not stop is killed after the grace, with its children', async () => {
  const kept = keep('stubborn', [])
  const { grandchild } = await kept.ready
  const pid = kept.pid() as number
  expect(await isAlive(grandchild as number)).toBe(true)
  await kept.stop(300)
  expect(await isAlive(pid)).toBe(false)
  await eventually(async () => !(await isAlive(grandchild as number)), { what: 'the grandchild to be gone' })
})

test('kill -9 of the parent: the child closes by itself', async () => {
  await using folder = await temporaryFolder()
  await using parent = spawnNode(fixture('parent'), { args: [fixture('service'), folder.join('notes')] })
  const [, child] = await parent.line(/^child (\d+)$/)
  await parent.end('SIGKILL')
  await eventually(async () => !(await isAlive(Number(child))), { what: 'the child to end' })
  expect(await readFile(folder.join('notes'), 'utf8')).toBe(`up ${child}\nstopping: parent gone\nclosed last opened\nclosed first opened\n`)
})

test('Ctrl-C in a terminal, a signal to the whole group of the parent, does not reach the child', async () => {
  await using folder = await temporaryFolder()
  await using parent = spawnNode(fixture('parent'), { args: [fixture('service'), folder.join('notes')], ownGroup: true })
  const [, child] = await parent.line(/^child (\d+)$/)
  process.kill(-parent.pid, 'SIGINT')
  await parent.exited
  await eventually(async () => !(await isAlive(Number(child))), { what: 'the child to end' })
  // It ended because its parent did, and was told so by nothing but the channel.
  expect(await readFile(folder.join('notes'), 'utf8')).toBe(`up ${child}\nstopping: parent gone\nclosed last opened\nclosed first opened\n`)
})

test('each line the process prints is passed on', async () => {
  await using folder = await temporaryFolder()
  const lines: string[] = []
  const kept = keep('service', [folder.join('notes')], { onLine: (line) => lines.push(line) })
  const { pid } = await kept.ready
  await kept.stop(10_000)
  expect(lines).toEqual([`up ${String(pid)}`, 'Stopping {"reason":"SIGTERM"}'])
})
