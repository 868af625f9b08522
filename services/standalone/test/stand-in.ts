import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { silentLog, systemClock } from '@data-weaver/contracts'
import { runService } from '@data-weaver/process'

// Stands in for a child of the launcher: writes into the file of its environment when it is up and when it has closed.
const name = process.env['STAND_IN_NAME'] ?? 'database'
const { sleep: slowly } = systemClock
const note = (what: string) => appendFileSync(process.env['STAND_IN_FILE'] ?? '', `${name} ${what}\n`)
await runService(
  async (stack) => {
    const server = createServer().listen(0, '127.0.0.1')
    stack.defer(async () => {
      // A service takes longer than the database would: if the order did not hold, it would be seen.
      if (name !== 'database') await slowly(300)
      note('closed')
      server.close()
    })
    note('up')
    process.send?.({ ready: true, serverPid: undefined, arguments: process.argv.slice(2) })
  },
  { log: silentLog },
)
