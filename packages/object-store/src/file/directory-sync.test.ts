import { expect, test } from 'vitest'
import { DirectorySync } from './directory-sync.ts'

/** A synchronisation that ends when it is told to. */
function turns() {
  const open: { directory: string; end: () => void; fail: (error: Error) => void }[] = []
  const sync = new DirectorySync(
    (directory) => new Promise<void>((resolve, reject) => void open.push({ directory, end: resolve, fail: reject })),
  )
  return { open, sync }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('those who come while a turn runs share the next, and never the one that runs', async () => {
  const { open, sync } = turns()
  const done: string[] = []
  const ask = (name: string) => sync.sync('/a').then(() => done.push(name))
  const asked = [ask('first')]
  await settle()
  asked.push(ask('second'), ask('third'))
  await settle()
  expect(open).toHaveLength(1)
  open[0]?.end()
  await settle()
  expect(done).toEqual(['first'])
  expect(open).toHaveLength(2)
  asked.push(ask('fourth'))
  open[1]?.end()
  await settle()
  expect(done).toEqual(['first', 'second', 'third'])
  expect(open).toHaveLength(3)
  open[2]?.end()
  await Promise.all(asked)
  expect(done).toEqual(['first', 'second', 'third', 'fourth'])
})

test('folders do not wait for each other', async () => {
  const { open, sync } = turns()
  const a = sync.sync('/a')
  const b = sync.sync('/b')
  expect(open.map(({ directory }) => directory)).toEqual(['/a', '/b'])
  open[1]?.end()
  await b
  open[0]?.end()
  await a
})

test('a failure is that of its turn, and the next turn is made all the same', async () => {
  const { open, sync } = turns()
  const first = sync.sync('/a')
  const second = sync.sync('/a')
  const failed = expect(first).rejects.toThrow('disk')
  open[0]?.fail(new Error('disk'))
  await failed
  await settle()
  open[1]?.end()
  await second
})
