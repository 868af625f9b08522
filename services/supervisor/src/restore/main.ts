import { parseArgs } from 'node:util'
import { parseSettings, systemClock, toWeaverError } from '@data-weaver/contracts'
import { readCertificates } from '@data-weaver/egress'
import { migrate, openLedger } from '@data-weaver/ledger'
import { openObjectStore } from '@data-weaver/object-store'
import { createLog, readSettingFiles, runCommand } from '@data-weaver/process'
import { restoreLedger } from './restore.ts'

const options = {
  from: { type: 'string' },
  stream: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean' },
} as const

const purpose = `Rebuilds a ledger that was lost from the object store: streams (stopped, without secrets and cursors) and results; documents follow by re-parses.

  --from LEDGER    Whose catalogue to read, when the store has several.
  --stream NAME    Give raw responses that no catalogue names to this stream, which must be there.
  --dry-run        Say what there is, and change nothing.`

async function restore(): Promise<void> {
  const { values } = parseArgs({ options })
  const settings = parseSettings('worker', await readSettingFiles(process.env))
  const clock = systemClock
  const log = createLog({ service: 'restore', level: settings.WEAVER_LOG_LEVEL })
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  await using stack = new AsyncDisposableStack()
  if (values['dry-run'] !== true) await migrate(settings.WEAVER_LEDGER_URL)
  const ledger = openLedger(settings.WEAVER_LEDGER_URL, { clock, log, name: 'weaver-restore' })
  stack.defer(() => ledger.close())
  const ca = await readCertificates(settings.WEAVER_CA_FILE)
  const store = await openObjectStore(settings.WEAVER_STORE_URL, { clock, log, random: Math.random, ...ca })
  stack.defer(() => store.close())
  const { from, stream, 'dry-run': dryRun } = values
  const wish = {
    ...(from === undefined ? {} : { from }),
    ...(stream === undefined ? {} : { stream }),
    ...(dryRun === undefined ? {} : { dryRun }),
  }
  const tell = (line: string) => void process.stdout.write(`${line}\n`)
  const { results, gone, unknown } = await restoreLedger({ ledger, store, tell }, wish, stopping.signal)
  const total = [...results.values()].reduce((sum, n) => sum + n, 0)
  tell(`${total} results of ${results.size} streams ${dryRun === true ? 'can be restored' : 'were restored'}.`)
  if (gone > 0) tell(`${gone} results have no raw response in the store any more and were left out.`)
  if (unknown > 0) tell(`${unknown} raw responses are named by no catalogue. --stream NAME gives them to a stream.`)
  if (dryRun !== true && total > 0)
    tell('A supervisor and workers make their documents again. Streams are stopped: enter their secrets, then start them.')
}

await runCommand(purpose, async () => {
  try {
    await restore()
  } catch (thrown) {
    const error = toWeaverError(thrown)
    if (error.code === 'invalid_settings' || error.code === 'internal') throw thrown
    process.stderr.write(`${error.code}: ${error.message}\n`)
    process.exitCode = 1
  }
})
