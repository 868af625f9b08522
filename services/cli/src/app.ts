import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toWeaverError } from '@data-weaver/contracts'
import { adapterCommands } from './adapter/commands.ts'
import { errorText, exitFailed, exitStatus, exitUsage, UsageError } from './failure.ts'
import { type Command, helpText, parseOptions } from './options.ts'
import { remoteCommands } from './remote/commands.ts'
import type { Surroundings } from './surroundings.ts'
import { vespaCommands } from './vespa/commands.ts'

/** By the words that name them. */
const commands: Readonly<Record<string, Command>> = { ...adapterCommands, ...remoteCommands, ...vespaCommands }

const usage = (): string => {
  const width = Math.max(...Object.values(commands).map((command) => command.usage.length))
  return [
    'Usage: npx -y pnpm@12 weaver <command>',
    '',
    ...Object.values(commands).map(({ usage: typed, purpose }) => `  ${typed.padEnd(width)}  ${purpose.split('\n')[0]}`),
    '',
    'Options of a command: weaver <command> --help. The version: weaver --version.',
    'Exit status: 0 fine, 1 failed, 2 a command line that is not understood, 78 settings that are not valid.',
  ].join('\n')
}

/**
 * Runs one command line and prints what comes of it.
 * @returns the exit status: 0 fine, 1 failed, 2 usage, 78 settings
 */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { out, err } = surroundings
  const name = nameIn(args)
  const command = name === undefined ? undefined : commands[name]
  try {
    if (name === undefined || command === undefined) return await withoutCommand(args, surroundings)
    const rest = args.slice(name.split(' ').length)
    if (rest.some((argument) => argument === '--help' || argument === '-h')) {
      out(helpText(command))
      return 0
    }
    return await command.run(parseOptions(command, rest), surroundings)
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      err(`${thrown.message}\n${thrown.hint}`)
      return exitUsage
    }
    if (surroundings.signal.aborted) return exitFailed
    const error = toWeaverError(thrown)
    err(errorText(error))
    return exitStatus(error)
  }
}

const nameIn = (args: readonly string[]): string | undefined =>
  [args.slice(0, 2).join(' '), args[0] ?? ''].find((name) => Object.hasOwn(commands, name))

async function withoutCommand(args: readonly string[], { out, root }: Surroundings): Promise<number> {
  const [first] = args
  if (first === '--version') {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    out(version)
    return 0
  }
  if (first === undefined || first === 'help' || args.includes('--help') || args.includes('-h')) {
    out(usage())
    return first === undefined ? exitUsage : 0
  }
  throw new UsageError(`There is no command ${JSON.stringify(args.slice(0, 2).join(' '))}.`, usage())
}
