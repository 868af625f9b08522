import { hostname } from 'node:os'
import { parseSettings, silentLog, systemClock } from '@data-weaver/contracts'
import { openLedger } from '@data-weaver/ledger'
import { readSettingFiles, runCommand } from '@data-weaver/process'

/** Workers that one question asks for. */
const pageSize = 500

/** Whether a worker of this machine (of this container, in one) is known to the ledger and has not fallen silent. */
async function isUp(ledgerUrl: string): Promise<boolean> {
  const ledger = openLedger(ledgerUrl, { clock: systemClock, log: silentLog, name: 'weaver-worker-health' })
  try {
    let after: string | undefined
    do {
      const { items, next } = await ledger.history.workers(pageSize, after)
      if (items.some(({ host, state }) => host === hostname() && state !== 'lost')) return true
      after = next ?? undefined
    } while (after !== undefined)
    return false
  } finally {
    await ledger.close()
  }
}

await runCommand('Exits with 0 when the ledger heard of a worker on this machine lately, for health checks of containers.', async () => {
  const { WEAVER_LEDGER_URL: ledgerUrl } = parseSettings('worker', await readSettingFiles(process.env))
  if (await isUp(ledgerUrl)) return
  console.error(`The ledger has not heard of a worker on ${hostname()} lately.`)
  process.exitCode = 1
})
