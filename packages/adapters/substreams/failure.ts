import { Code, ConnectError } from '@connectrpc/connect'
import { WeaverError } from '@data-weaver/contracts'
import type { AnswerReading } from '../src/answer.ts'
import { grpcFailure } from '../src/grpc/failure.ts'
import { shortLine } from '../src/redaction.ts'

export interface CallFacts extends AnswerReading {
  /** Whether the request had a cursor, and nothing of the chain has come since. */
  readonly cursorUnproved: boolean
}

/** Whether the endpoint has no such version of the protocol. */
export const isUnimplemented = (thrown: unknown): boolean => thrown instanceof ConnectError && thrown.code === Code.Unimplemented

/**
 * The error of a call that did not end well.
 * @param thrown what the client threw: a status of the endpoint, or what happened on the way
 */
export function callFailure(thrown: unknown, { redact, clock, cursorUnproved }: CallFacts): WeaverError {
  const refusesCursor =
    cursorUnproved && thrown instanceof ConnectError && thrown.code === Code.Internal && thrown.metadata.has('grpc-status')
  if (!refusesCursor) return grpcFailure(thrown, { redact, clock })
  const said = shortLine(thrown.rawMessage, redact)
  return new WeaverError(
    'source_rejected',
    `The endpoint refuses the cursor of the checkpoint (13, Internal): ${said}. Nothing was lost by that. ` +
      'Set the endpoint that the cursor comes from, or reset the checkpoint of the stream: then it begins again at its start block.',
    {
      upstreamCode: String(thrown.code),
      errors: [{ field: 'cursor', problem: 'is refused by the endpoint', hint: 'Reset it to fetch from the start block.' }],
    },
  )
}
