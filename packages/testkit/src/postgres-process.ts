import { silentLog } from '@data-weaver/contracts'
import { startEmbeddedPostgres } from '@data-weaver/embedded-postgres'
import { runService } from '@data-weaver/process'
import { temporaryFolder } from './temporary-folder.ts'

// The throw-away cluster of a test run, in a process of its own: when the test run is killed, the channel closes, and the cluster
// and its folder go as well.
await runService(
  async (stack) => {
    const folder = stack.use(await temporaryFolder('postgres'))
    const server = stack.use(await startEmbeddedPostgres({ dataDir: folder.path, durable: false, log: silentLog }))
    process.send?.({ url: server.url })
  },
  { log: silentLog, deadlineMs: 20_000 },
)
