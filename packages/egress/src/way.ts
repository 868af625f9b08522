import type { Clock, Log, RequestFacts, ResponseFacts } from '@data-weaver/contracts'
import { WeaverError } from '@data-weaver/contracts'
import type { Connector } from './connector.ts'
import { RefusedAddress } from './connector.ts'
import type { Deadlines } from './deadlines.ts'
import { toFailure } from './failure.ts'
import type { Progress } from './failure.ts'
import type { Hop } from './hop.ts'
import type { Redactor } from './redaction.ts'

/** What belongs to one run. */
export interface EgressScope {
  /** Ends every request of the scope with its reason. */
  readonly signal: AbortSignal
  /** Values that appear in nothing that is stored, shown or logged. */
  readonly secrets: readonly string[]
  readonly log: Log
  /** Told of what requests name as secrets besides those: what is shown of the run must not have it either. */
  readonly onSecrets?: (secrets: readonly string[]) => void
}

export interface Settings {
  readonly clock: Clock
  readonly maxBytes: number
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly maxRedirects: number
  readonly userAgent: string
}

/** The way out of one run: what the process shares, and what is the run's own. */
export interface Way {
  readonly settings: Settings
  readonly deadlines: Deadlines
  readonly connect: Connector
  readonly scope: EgressScope
  readonly redactor: Redactor
  /** Everything that is open, of all runs. */
  readonly held: Set<Hold>
}

/** Something open that ends with its run or with the process's way out, whichever is first. */
export class Hold {
  readonly #way: Pick<Way, 'held' | 'scope'>
  readonly #end: (reason: unknown) => void

  /** @throws the signal's reason when it has aborted already */
  constructor(way: Pick<Way, 'held' | 'scope'>, end: (reason: unknown) => void) {
    way.scope.signal.throwIfAborted()
    this.#way = way
    this.#end = end
    way.held.add(this)
    way.scope.signal.addEventListener('abort', this)
  }

  /** Called by the signal. */
  handleEvent(): void {
    this.end(this.#way.scope.signal.reason)
  }

  /** Ends it with this reason, wherever it is. */
  end(reason: unknown): void {
    if (!this.#way.held.has(this)) return
    this.release()
    this.#end(reason)
  }

  /** It is over by itself. */
  release(): void {
    if (!this.#way.held.delete(this)) return
    this.#way.scope.signal.removeEventListener('abort', this)
  }
}

/** What went wrong on the way, fit to be shown. An address that was refused is also told to the operator. */
export function failureOf(way: Pick<Way, 'scope' | 'redactor'>, error: unknown, progress: Progress): WeaverError {
  if (error instanceof RefusedAddress) {
    way.scope.log.warn({ host: way.redactor.values(progress.url.host), address: error.address, kind: error.kind }, 'address refused')
  }
  return toFailure(error, progress, way.redactor)
}

/** What is kept of a request and its answer, redacted. `started` is on the monotonic clock. */
export function factsOf(
  { settings: { clock }, redactor }: Pick<Way, 'settings' | 'redactor'>,
  first: Pick<Hop, 'method' | 'url' | 'headers'>,
  answer: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  started: number,
): { readonly request: RequestFacts; readonly response: ResponseFacts } {
  return {
    request: { method: first.method, url: redactor.text(first.url.href), headers: redactor.headers(first.headers) },
    response: {
      status: answer.status,
      headers: redactor.headers(answer.headers),
      receivedAt: new Date(clock.now()).toISOString(),
      durationMs: Math.round((clock.monotonic() - started) * 10) / 10,
    },
  }
}

/** @throws WeaverError `invalid_config` naming a limit that is not above 0. */
export function checkLimits(limits: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(limits)) {
    if (value !== undefined && !(value > 0)) throw new WeaverError('invalid_config', `${name} of a request must be a number above 0`)
  }
}
