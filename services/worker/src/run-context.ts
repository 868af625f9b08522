import { type AdapterContext, type Clock, type Log, type StreamSpec, WeaverError } from '@data-weaver/contracts'
import type { Egress } from '@data-weaver/egress'
import type { ClaimedRun } from '@data-weaver/ledger'
import type { StreamSpecs } from './stream-specs.ts'

export interface RunContexts {
  /** All that the adapter gets for a run. */
  open(
    run: ClaimedRun,
    spec: StreamSpec,
    signals: { readonly signal: AbortSignal; readonly drain: AbortSignal },
  ): Promise<AdapterContext<Record<string, unknown>>>
}

export interface RunContextDependencies {
  readonly specs: StreamSpecs
  readonly egress: Egress
  readonly clock: Clock
  readonly log: Log
}

export function createRunContexts({ specs, egress, clock, log }: RunContextDependencies): RunContexts {
  return {
    async open(run, spec, { signal, drain }) {
      const secrets = new Map(await specs.secrets(run))
      return {
        config: spec.config,
        cursor: run.cursor,
        http: egress.http({ signal, secrets: [...secrets.values()], log }),
        clock,
        secret(name) {
          const value = secrets.get(name)
          if (value === undefined) {
            const hint = `Set it: PATCH /v1/streams/${run.stream} with {"secrets":{"${name}":"…"}}.`
            throw new WeaverError('missing_secret', `the stream has no secret "${name}"`, {
              errors: [{ field: `secrets.${name}`, problem: 'is missing', hint }],
            })
          }
          return value
        },
        hasSecret: (name) => secrets.has(name),
        log,
        signal,
        drain,
      }
    },
  }
}
