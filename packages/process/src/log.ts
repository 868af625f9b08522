import { WeaverError } from '@data-weaver/contracts'
import { type DestinationStream, type Logger, pino } from 'pino'

export interface LogOptions {
  /** Which service writes. */
  readonly service: string
  readonly level: string
  /** Default: the standard output. */
  readonly destination?: DestinationStream
}

/** Causes of causes that are logged; a circle ends here. */
const maxCauses = 5

/** The log of a process: JSON lines on the standard output. Errors are logged by what they say, never with the objects libraries hang on them. */
export const createLog = ({ service, level, destination = pino.destination(1) }: LogOptions): Logger =>
  pino(
    {
      level,
      base: { service, pid: process.pid },
      serializers: { err: (error: unknown) => describeError(error) },
      redact: {
        paths: ['authorization', 'headers.authorization', 'headers.cookie', 'req.headers.authorization', 'req.headers.cookie'],
        censor: '[redacted]',
      },
    },
    destination,
  )

/** Type, code, message, stack and causes. A connection error of pg, for one, carries its client, and that the password. */
export function describeError(thrown: unknown, depth = 0): unknown {
  if (!(thrown instanceof Error)) return typeof thrown === 'object' ? '[object]' : thrown
  const { code } = thrown as { code?: unknown }
  return {
    type: thrown.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: withoutPasswords(thrown.message),
    ...(thrown instanceof WeaverError && thrown.upstreamCode !== undefined ? { upstreamCode: thrown.upstreamCode } : {}),
    stack: withoutPasswords(thrown.stack ?? ''),
    ...(thrown.cause === undefined || depth === maxCauses ? {} : { cause: describeError(thrown.cause, depth + 1) }),
  }
}

/** Libraries quote the URL they were given in their messages. */
const withoutPasswords = (text: string): string => text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]*@/gi, '$1:[redacted]@')
