import { type AdapterContext, type Clock, type Http, type Log, type StreamSpec, WeaverError } from '@data-weaver/contracts'
import type { Egress } from '@data-weaver/egress'
import type { ClaimedRun, Ledger } from '@data-weaver/ledger'
import type { Vault } from '@data-weaver/vault'
import { type BudgetedHttp, budgetedHttp } from './budgeted-http.ts'
import type { Budgets } from './budgets.ts'
import type { RunHold } from './held-runs.ts'
import type { StreamSpecs } from './stream-specs.ts'

export interface OpenRun {
  /** All that the adapter gets. */
  readonly context: AdapterContext<Record<string, unknown>>
  /** Tells the budgets what the source said in a refusal that only the adapter could read. */
  refused(error: WeaverError): void
  /** Gives back what still counts as under way. */
  end(): void
}

export interface RunContexts {
  open(run: ClaimedRun, spec: StreamSpec, hold: Pick<RunHold, 'signal' | 'drain' | 'demandFresh'> & { readonly log: Log }): Promise<OpenRun>
}

export interface RunContextDependencies {
  readonly ledger: Ledger
  readonly vault: Vault
  readonly specs: StreamSpecs
  readonly egress: Egress
  readonly budgets: Budgets
  readonly clock: Clock
}

export function createRunContexts({ ledger, vault, specs, egress, budgets, clock }: RunContextDependencies): RunContexts {
  return {
    async open(run, spec, { signal, drain, demandFresh, log }) {
      const secrets = new Map(await specs.secrets(run))
      const values = () => [...secrets.values()]
      const { id, tenant, streamId, version } = run
      // A secret that changes during the run must be redacted as well: the way out is opened anew.
      let way = egress.http({ signal, secrets: values(), log })
      const fresh = (): Http => {
        demandFresh()
        return way
      }
      const current: Http = {
        request: async (request) => await fresh().request(request),
        stream: async (request) => await fresh().stream(request),
        websocket: async (request) => await fresh().websocket(request),
        dial: async (url, options) => await fresh().dial(url, options),
      }
      const http: BudgetedHttp = budgetedHttp(
        current,
        { id, tenant, streamId, version, budget: spec.budget, secrets: values() },
        { budgets, clock, signal },
      )
      const context: AdapterContext<Record<string, unknown>> = {
        config: spec.config,
        cursor: run.cursor,
        http,
        clock,
        secret: (name) => secrets.get(name) ?? missing(run, name),
        hasSecret: (name) => secrets.has(name),
        async saveSecret(name, value) {
          if (!secrets.has(name)) missing(run, name)
          await ledger.rotateSecret({
            streamId,
            runId: id,
            epoch: run.epoch,
            name,
            sealed: vault.seal({ tenant, streamId, name }, value),
          })
          secrets.set(name, value)
          way = egress.http({ signal, secrets: values(), log })
        },
        async checkpoint(cursor) {
          // A version that is tried beside the current one moves no cursor.
          if (run.trigger === 'canary') return
          demandFresh()
          await ledger.saveCheckpoint({ streamId, runId: id, epoch: run.epoch, cursor })
        },
        log,
        signal,
        drain,
      }
      return { context, refused: (error) => http.refused(error), end: () => http.end() }
    },
  }
}

function missing({ stream }: ClaimedRun, name: string): never {
  const hint = `Set it: PATCH /v1/streams/${stream} with {"secrets":{"${name}":"…"}}.`
  throw new WeaverError('missing_secret', `the stream has no secret "${name}"`, {
    errors: [{ field: `secrets.${name}`, problem: 'is missing', hint }],
  })
}
