import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { UsageError } from './failure.ts'
import type { Surroundings } from './surroundings.ts'

/** What was typed behind the words of a command. */
export interface Given {
  readonly positionals: readonly string[]
  text(name: string): string | undefined
  /** An option that may be given several times. */
  list(name: string): readonly string[]
  flag(name: string): boolean
  /** A whole number from 1 on. @throws UsageError */
  count(name: string, fallback: number): number
}

export interface Command {
  /** How it is typed: `adapter check <id>`. */
  readonly usage: string
  readonly purpose: string
  readonly options: Readonly<
    Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: true; readonly value?: string; readonly help: string }>
  >
  /** How many positional arguments there may be, least and most. */
  readonly arguments: readonly [number, number]
  /** Answers the exit status. */
  run(given: Given, surroundings: Surroundings): Promise<number>
}

/** Largest number that an option takes. */
const largestCount = 1_000_000

/** @throws UsageError naming what is not understood, with how the command is typed. */
export function parseOptions(command: Command, args: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.entries(command.options).map(([name, { type, multiple }]) => [name, { type, ...(multiple === true ? { multiple } : {}) }]),
  ) as ParseArgsOptionsConfig
  const { values, positionals } = parsed(command, args, options)
  const [least, most] = command.arguments
  const hint = `Usage: weaver ${command.usage}`
  if (positionals.length < least) throw new UsageError('An argument is missing.', hint)
  if (positionals.length > most) throw new UsageError(`${JSON.stringify(positionals[most])} is one argument too many.`, hint)
  const text = (name: string) => values[name] as string | undefined
  return {
    positionals,
    text,
    list: (name) => (values[name] as string[] | undefined) ?? [],
    flag: (name) => values[name] === true,
    count(name, fallback) {
      const given = text(name)
      if (given === undefined) return fallback
      const number = Number(given)
      if (/^\d+$/.test(given) && number >= 1 && number <= largestCount) return number
      throw new UsageError(
        `--${name} must be a whole number from 1 to ${largestCount}, not ${JSON.stringify(given)}.`,
        `For example --${name} ${fallback}.`,
      )
    },
  }
}

function parsed(command: Command, args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('ERR_PARSE_ARGS') !== true) throw error
    const [sentence = ''] = message.split(/\. |\n/)
    throw new UsageError(`${sentence.replace(/\.$/, '')}.`, `Usage: weaver ${command.usage}; more with --help.`)
  }
}

/** The help of a command. */
export function helpText(command: Command): string {
  const rows = Object.entries(command.options).map(([name, { value, help }]): [string, string] => [
    `--${name}${value === undefined ? '' : ` ${value}`}`,
    help,
  ])
  const width = Math.max(0, ...rows.map(([option]) => option.length))
  return [
    `Usage: weaver ${command.usage}`,
    '',
    command.purpose,
    ...(rows.length === 0 ? [] : ['', ...rows.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`)]),
  ].join('\n')
}
