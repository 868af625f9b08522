import { exitInvalidSettings, settingsHelp, settingsProblems, toWeaverError } from '@data-weaver/contracts'

/** What a command does: `--help` says it with the settings; wrong settings are listed by variable, and the status is 78. */
export async function runCommand(purpose: string, start: () => Promise<void>): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${purpose}\n\nEnvironment:\n${settingsHelp()}\n`)
    return
  }
  try {
    await start()
  } catch (thrown) {
    const error = toWeaverError(thrown)
    if (error.code !== 'invalid_settings') throw thrown
    process.stderr.write(`${settingsProblems(error)}\n`)
    process.exit(exitInvalidSettings)
  }
}
