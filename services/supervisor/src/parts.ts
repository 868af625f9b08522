import type {
  Clock,
  EmbeddingAccess,
  ObjectStore,
  SearchableSink,
  SinkEnvironment,
  VespaAccess,
  VespaSchemas,
} from '@data-weaver/contracts'
import type { Egress } from '@data-weaver/egress'
import type { Ledger, Listener } from '@data-weaver/ledger'
import type { WeaverQueue } from '@data-weaver/queue'
import type { Vault } from '@data-weaver/vault'
import type { Logger } from 'pino'

/** What the API is made of. The main file builds the parts and closes them after the app. */
export interface SupervisorParts {
  readonly adminToken: string
  readonly version: string
  /** Addresses and networks, separated by commas, whose `X-Forwarded-*` headers are believed. Default: none. */
  readonly trustedProxies?: string
  /** Where the build of the console is or will be. Default: there is no console. */
  readonly consoleFolder?: string
  readonly ledger: Ledger
  readonly listener: Listener
  readonly queue: WeaverQueue
  readonly store: ObjectStore
  readonly egress: Egress
  readonly vault: Vault
  /** The sink whose documents are searched. */
  readonly documents: SearchableSink
  /** Where the workers' `vespa` sinks feed; without it streams with such a sink are refused. */
  readonly vespaUrl?: string
  /** How this process shows itself to it, when it reads documents back. */
  readonly vespaAccess?: VespaAccess
  /** The schemas that are deployed there; without them it is not known what fits. */
  readonly vespaSchemas?: VespaSchemas
  /** Where the workers have texts embedded. */
  readonly embedding?: EmbeddingAccess
  readonly clock: Clock
  readonly log: Logger
  /** How long a worker holds a run without renewing, milliseconds: a stop waits that long for a lost one. */
  readonly leaseMs: number
  /** Asks the reconciler to look now. */
  reconcile(): void
}

/** What is known here of the places that sinks feed, for checks. */
export type SinkParts = Pick<SinkEnvironment, 'vespaUrl' | 'vespaSchemas' | 'embedding'>

/** The tenant of every request, until access control tells them apart. */
export const tenant = 'default'
