import { silentLog, toWeaverError } from '@data-weaver/contracts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { runService } from '@data-weaver/process'
import { temporaryFolder } from './temporary-folder.ts'

// The throw-away cluster of a test run, in a process of its own: when the test run is killed, the channel closes, and the cluster
// and its folder go as well. It takes the orders `start`, `halt` and `kill`, and answers each with the address or an error.
await runService(
  async (stack) => {
    const folder = stack.use(await temporaryFolder('postgres'))
    const start = (port?: number) =>
      startEmbeddedPostgres({ dataDir: folder.path, durable: false, log: silentLog, ...(port === undefined ? {} : { port }) })
    let server: EmbeddedPostgres = await start()
    stack.defer(() => server.stop())
    const obey = async (order: unknown) => {
      if (order === 'start') server = await start(server.port)
      if (order === 'halt') await server.stop()
      if (order === 'kill') {
        process.kill(server.pid, 'SIGKILL')
        await server.exited
      }
    }
    const answer = (error?: unknown) =>
      process.send?.({ url: server.url, ...(error === undefined ? {} : { error: toWeaverError(error).message }) })
    process.on('message', (order) => void obey(order).then(() => answer(), answer))
    answer()
  },
  { log: silentLog, deadlineMs: 20_000 },
)
