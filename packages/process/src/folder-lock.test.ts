import { spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { expect, test } from 'vitest'
import { lockFolder } from './folder-lock.ts'

const holder = new URL('./fixtures/lock.ts', import.meta.url)

test('one process at a time has the lock, and the other is told which one', async () => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(holder, { args: [folder.path] })
  await child.line(/^locked/)
  expect(() => lockFolder(folder.path, 'The data folder')).toThrow(
    expect.objectContaining({
      code: 'folder_in_use',
      message: expect.stringMatching(new RegExp(`^The data folder ${folder.path} is in use by process ${child.pid}\\.`)),
    }),
  )
})

test('a lock that its process has forgotten is still held', async () => {
  await using folder = await temporaryFolder()
  await using child = spawnNode(holder, { args: [folder.path], through: ['env', 'NODE_OPTIONS=--expose-gc'] })
  await child.line(/^locked/)
  expect(() => lockFolder(folder.path, 'The data folder')).toThrow(expect.objectContaining({ code: 'folder_in_use' }))
})

test('the same process does not get it twice', async () => {
  await using folder = await temporaryFolder()
  using _lock = lockFolder(folder.path, 'The data folder')
  expect(() => lockFolder(folder.path, 'The data folder')).toThrow(expect.objectContaining({ code: 'folder_in_use' }))
})

test('it is free after a release, and after kill -9', async () => {
  await using folder = await temporaryFolder()
  const lock = lockFolder(folder.path, 'The data folder')
  lock.release()
  await using child = spawnNode(holder, { args: [folder.path] })
  await child.line(/^locked/)
  await child.end('SIGKILL')
  expect(() => lockFolder(folder.path, 'The data folder').release()).not.toThrow()
})

test('of many that ask at the same moment exactly one gets it', async () => {
  await using folder = await temporaryFolder()
  const children = Array.from({ length: 6 }, () => spawnNode(holder, { args: [folder.path] }))
  try {
    const answers = await Promise.all(children.map(async (child) => (await child.line(/^(locked|folder_in_use)$/))[1]))
    expect(answers.filter((answer) => answer === 'locked')).toHaveLength(1)
  } finally {
    await Promise.all(children.map((child) => child.end('SIGKILL')))
  }
})
