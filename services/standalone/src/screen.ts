import { homedir } from 'node:os'
import { relative } from 'node:path'
import type { Clock } from '@data-weaver/contracts'

/** What the launcher says to the person at the terminal. */
export interface Screen {
  say(line: string): void
  /** One line of a child's log: errors are shown, each sort of them once in a while. */
  childLine(name: string, line: string): void
}

/** An error of the same process with the same message is shown again after this long, milliseconds. */
const repeatMs = 30_000
/** pino's number for `error`; `fatal` is higher. */
const errorLevel = 50

interface LogLine {
  readonly level?: number
  readonly msg?: string
  readonly err?: { readonly message?: string; readonly code?: string }
}

export function createScreen(print: (line: string) => void, clock: Clock): Screen {
  const shown = new Map<string, { at: number; more: number }>()
  return {
    say: print,
    childLine(name, line) {
      const entry = readLogLine(line)
      if (entry === undefined || (entry.level ?? 0) < errorLevel) return
      const problem = [entry.msg, entry.err?.message].filter((part) => part !== undefined && part !== '').join(': ')
      const key = `${name} ${entry.msg} ${entry.err?.code}`
      const before = shown.get(key)
      if (before !== undefined && clock.monotonic() - before.at < repeatMs) {
        before.more += 1
        return
      }
      const more = before === undefined || before.more === 0 ? '' : ` (and ${before.more} times more before)`
      shown.set(key, { at: clock.monotonic(), more: 0 })
      print(`  ! ${name}: ${firstLine(problem)}${more}`)
    },
  }
}

function readLogLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as LogLine
  } catch {
    return undefined
  }
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 300)

/** A path as a person would type it from here. */
export function shortPath(path: string, from: string): string {
  const below = relative(from, path)
  if (below !== '' && !below.startsWith('..')) return below
  const home = homedir()
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

/** A path as it can be pasted into a shell; `~` stays outside of the quotes, which would take its meaning. */
export const forShell = (path: string): string => {
  if (/^[A-Za-z0-9_./~+-]+$/.test(path)) return path
  const [home, rest] = path.startsWith('~/') ? ['~/', path.slice(2)] : ['', path]
  return `${home}'${rest.replaceAll("'", String.raw`'\''`)}'`
}

/** A duration as a person reads it. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
