import { access } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { freePort } from '@data-weaver/embedded-postgres'
import { answersAt, type ServerProgram, startServer } from './server-process.ts'
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'

/** A server in a line: it takes connections, and says so. */
const program = (folder: TemporaryFolder, port: number, script = ''): ServerProgram => ({
  name: 'a server',
  command: [process.execPath, '-e', `${script}; require('node:net').createServer().listen(${port}, '127.0.0.1')`],
  cwd: folder.path,
  isUp: () => answersAt(port),
})

const isThere = ({ path }: TemporaryFolder) =>
  access(path).then(
    () => true,
    () => false,
  )

describe('a server for a test', () => {
  test('is killed and started again at its port, and takes its folder with it', async () => {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(await temporaryFolder('server'))
    const port = await freePort()
    await using server = await startServer(program(folder, port), stack.move())
    const first = server.pid()
    await server.kill()
    expect(await answersAt(port)).toBe(false)
    expect(await isThere(folder)).toBe(true)
    await server.start()
    expect(await answersAt(port)).toBe(true)
    expect(server.pid()).not.toBe(first)
    await server.stop()
    expect(await answersAt(port)).toBe(false)
    expect(await isThere(folder)).toBe(false)
  })

  test('that ends instead of serving is an error with what it wrote, at once, and leaves nothing', async () => {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(await temporaryFolder('server'))
    const script = `console.log('on the one'); console.error('on the other'); process.exit(1)`
    // Only the end of the process can be what is heard of within the limit of a test.
    const ending = { ...program(folder, await freePort(), script), startMs: 600_000 }
    await expect(startServer(ending, stack.move())).rejects.toThrow(/a server ended:\non the one\n\non the other/)
    expect(await isThere(folder)).toBe(false)
  })

  test('that cannot be started is an error, and one that is frozen is killed all the same', async () => {
    await using folder = await temporaryFolder('server')
    const port = await freePort()
    await expect(startServer({ ...program(folder, port), cwd: folder.join('nowhere') })).rejects.toThrow('a server ended')
    await using server = await startServer(program(folder, port))
    server.freeze()
    await server.stop()
    expect(await answersAt(port)).toBe(false)
  })
})
