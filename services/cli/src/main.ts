import { fileURLToPath } from 'node:url'
import { systemClock, WeaverError } from '@data-weaver/contracts'

/** Characters of a line where there is no terminal. */
const usualColumns = 120

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second one does not wait for anything.
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort(new WeaverError('interrupted', 'it was told to stop'))
  })
}
// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  // Loaded here and not above: an adapter with a mistake in its code is then reported like one.
  const { runCommandLine } = await import('./app.ts')
  const { INIT_CWD, ...environment } = process.env
  process.exitCode = await runCommandLine(
    process.argv.slice(2).filter((argument, index) => index > 0 || argument !== '--'),
    {
      environment,
      // A package manager runs scripts in the root of the repository, and says where it was called.
      cwd: INIT_CWD ?? process.cwd(),
      root: fileURLToPath(new URL('../../..', import.meta.url)),
      columns: process.stdout.columns ?? usualColumns,
      clock: systemClock,
      signal: stopping.signal,
      out: (line) => void process.stdout.write(`${line}\n`),
      err: (line) => void process.stderr.write(`${line}\n`),
    },
  )
} catch (error) {
  process.stderr.write(
    `internal: Something went wrong inside\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  process.exitCode = 1
}
