import { loadOutsideAdapters } from '@data-weaver/adapters'
import { exitInvalidSettings, type Log, settingsHelp, settingsProblems, silentLog, systemClock, WeaverError } from '@data-weaver/contracts'
import { createLog, type Environment, readSettingFiles, runService, StopRequest } from '@data-weaver/process'
import { defaultScripts } from './children.ts'
import { launch } from './launch.ts'
import { openLogFile } from './log-file.ts'
import { createScreen } from './screen.ts'
import { checkSettings, type LauncherSettings } from './settings.ts'

/** Exit status for a command line that is not understood (`EX_USAGE` of sysexits.h). */
const exitUsage = 64
/** Everything must be closed within this time, milliseconds. */
const deadlineMs = 9800

const usage = `Runs Data Weaver on this machine: an embedded Postgres, a supervisor, a worker, and in an empty data folder a demo stream.

Usage: npx -y pnpm@12 start [--help]

Settings are environment variables:
${settingsHelp()}

Exit status: 0 after Ctrl-C or SIGTERM, 78 for settings that are not valid, 64 for arguments that are not known, 130 after a
second Ctrl-C, 1 after any other error.`

/** Everything that goes wrong, as a person reads it. */
function problemText(error: unknown): string {
  if (!(error instanceof WeaverError))
    return `Something went wrong inside: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  const cause =
    error.cause instanceof Error && !(error.cause instanceof WeaverError) && error.errors.length === 0
      ? ` (${(error.cause as NodeJS.ErrnoException).code ?? error.cause.message.split('\n')[0]})`
      : ''
  return error.errors.length > 0 ? `${error.code}: ${settingsProblems(error)}` : `${error.code}: ${error.message}${cause}`
}

async function run(settings: LauncherSettings, environment: Environment): Promise<never> {
  const print = (line: string) => process.stdout.write(`${line}\n`)
  const screen = createScreen(print, systemClock)
  // Goes to a file of the data folder as soon as there is one.
  let target: Log = silentLog
  const log: Log = {
    debug: (fields, message) => target.debug(fields, message),
    info: (fields, message) => target.info(fields, message),
    warn: (fields, message) => target.warn(fields, message),
    error: (fields, message) => target.error(fields, message),
  }
  let kill = () => {}
  return runService(
    async (stack, stopping) => {
      const wasAsked = () => stopping.reason instanceof StopRequest && stopping.reason.from !== 'error'
      stack.defer(() => {
        if (wasAsked()) print('Stopped.')
      })
      stopping.addEventListener('abort', () => wasAsked() && print('\nStopping. Ctrl-C once more does it by force.'), { once: true })
      try {
        await launch(
          {
            settings,
            environment,
            cwd: process.cwd(),
            scripts: defaultScripts,
            screen,
            clock: systemClock,
            log,
            onFolder: (folder) => {
              const file = openLogFile(folder.join('logs', 'launcher.log'))
              target = createLog({ service: 'launcher', level: 'info', destination: { write: (line) => file.write(line.trimEnd()) } })
            },
            onChildren: (killAll) => (kill = killAll),
          },
          stack,
          stopping,
        )
      } catch (error) {
        if (!stopping.aborted) process.stderr.write(`\n${problemText(error)}\n`)
        throw error
      }
    },
    { log, deadlineMs, onForce: () => kill() },
  )
}

const [argument] = process.argv.slice(2).filter((value) => value !== '--')
if (argument === '--help' || argument === '-h') {
  console.log(usage)
} else if (argument !== undefined) {
  console.error(`Unknown argument ${argument}.\n\n${usage}`)
  process.exit(exitUsage)
} else {
  let settings: LauncherSettings
  let environment: Environment
  try {
    environment = await readSettingFiles(process.env)
    settings = checkSettings(environment)
    await loadOutsideAdapters(settings.WEAVER_ADAPTERS, { from: process.cwd(), clock: systemClock })
  } catch (error) {
    if (!(error instanceof WeaverError) || error.code !== 'invalid_settings') throw error
    console.error(settingsProblems(error) === '' ? error.message : settingsProblems(error))
    process.exit(exitInvalidSettings)
  }
  await run(settings, environment)
}
