import { errorKinds, exitInvalidSettings, type FieldProblem, type WeaverError } from '@data-weaver/contracts'
import { printable } from './printable.ts'

/** Exit statuses: 0 fine, 1 failed, 2 a command line that is not understood, 78 settings (environment variables) that are not valid. */
export const exitFailed = 1
export const exitUsage = 2

/** A command line that is not understood. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string

  constructor(problem: string, hint: string) {
    super(problem)
    this.hint = hint
  }
}

export const exitStatus = (error: WeaverError): number => (error.code === 'invalid_settings' ? exitInvalidSettings : exitFailed)

/**
 * An error for a terminal: the code and what it means, then a line for each field at fault with the way out.
 * @param clean takes secrets out
 */
export function errorText(error: WeaverError, clean: (text: string) => string = (text) => text): string {
  const { code, errors, upstreamCode, retryAfterMs, message } = error
  const { title, retryable, origin } = errorKinds[code]
  const facts = [
    ...(upstreamCode === undefined ? [] : [`the source calls it ${upstreamCode}`]),
    ...(retryAfterMs === undefined ? [] : [`may be tried again in ${Math.ceil(retryAfterMs / 1000)} s`]),
    ...(retryable && retryAfterMs === undefined && origin !== 'system' ? ['a stream would try it again'] : []),
  ]
  const lines = [
    `${code}: ${title}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`,
    ...(errors.length === 0 ? [`  ${message}`] : errors.flatMap(fieldLines)),
  ]
  return lines.map((line) => printable(clean(line))).join('\n')
}

const fieldLines = ({ field, problem, hint }: FieldProblem): string[] => [
  `  ${field} ${problem}`,
  ...(hint === undefined ? [] : [`    ${hint}`]),
]
