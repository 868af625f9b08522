import type { Clock } from '@data-weaver/contracts'

/** What the command gets from outside. The main file has the real things. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Absolute folder the command was typed in: relative paths begin here. */
  readonly cwd: string
  /** Root of the repository that this command is part of. */
  readonly root: string
  /** Width of the terminal, characters. */
  readonly columns: number
  readonly clock: Clock
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal
  /** Prints a line of what was asked for. */
  out(line: string): void
  /** Prints a line of what goes wrong or on beside it. */
  err(line: string): void
}
