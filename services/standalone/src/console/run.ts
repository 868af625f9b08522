import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '@data-weaver/contracts'
import { linesOf } from '@data-weaver/process'
import type { LogFile } from '../log-file.ts'
import { type Screen, seconds } from '../screen.ts'

/** What the script answers when it built something. */
const builtStatus = 10

export interface ConsoleBuild extends AsyncDisposable {
  /** Kills it at once. */
  kill(): void
}

/** Has the console built beside the start, if need be. The start does not wait for it: until it is there, its page says so. */
export function startConsoleBuild(script: string, log: LogFile, { screen, clock }: { screen: Screen; clock: Clock }): ConsoleBuild {
  const began = clock.monotonic()
  const child: ChildProcess = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) if (stream !== null) linesOf(stream, (line) => log.write(line))
  let isTold = false
  const gone = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', (code) => {
      if (code === builtStatus) screen.say(`  console built (${seconds(clock.monotonic() - began)})`)
      else if (code !== 0 && !isTold)
        screen.say('  ! the console could not be built; why is in logs/console.log. Everything else works without it')
      resolve()
    })
  })
  const kill = () => {
    isTold = true
    child.kill('SIGKILL')
  }
  return {
    kill,
    async [Symbol.asyncDispose]() {
      kill()
      await gone
      log[Symbol.dispose]()
    },
  }
}
