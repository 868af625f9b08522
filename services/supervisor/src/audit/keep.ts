import { toWeaverError } from '@data-weaver/contracts'
import { type Listener, toRunError } from '@data-weaver/ledger'
import { tenant } from '../parts.ts'
import { WakeUp } from '../wake-up.ts'
import { type AuditParts, carryOutAudit } from './carry-out.ts'

export interface AuditKeepingParts extends AuditParts {
  readonly listener: Listener
  /** How often one is made without being asked for, milliseconds; 0: never. */
  readonly everyMs: number
}

/** How often it looks whether one is wanted, milliseconds; a notification makes it look at once. */
const lookEveryMs = 10_000
/** Audits by the schedule read the results of so many periods again: what one of them missed the next one has. */
const periods = 2

/** Carries out audits one after the other, asked for or by the schedule, until the signal aborts. Only the leader among the supervisors runs it. */
export async function keepAudits(parts: AuditKeepingParts, signal: AbortSignal): Promise<void> {
  const { ledger, listener, clock, log } = parts
  const began = clock.monotonic()
  const bell = new WakeUp(clock)
  const deaf = listener.on('weaver_operations', () => bell.ring())
  try {
    let first = true
    while (!signal.aborted) {
      try {
        if (first) await ledger.audits.takeBack()
        first = false
        await scheduleOne(parts, clock.monotonic() - began)
        for (let wish = await ledger.audits.take(); wish !== undefined && !signal.aborted; wish = await ledger.audits.take()) {
          await carryOutOne(parts, wish, signal)
        }
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, 'audits could not be carried on')
      }
      await bell.wait(lookEveryMs, signal)
    }
  } finally {
    deaf()
  }
}

/** Asks for one when the last is a period ago; without any, when this supervisor has led for a period. */
async function scheduleOne({ ledger, sinks, clock, everyMs }: AuditKeepingParts, ledForMs: number): Promise<void> {
  if (everyMs === 0 || sinks.vespaUrl === undefined) return
  if (((await ledger.audits.sinceScheduled(tenant)) ?? ledForMs) < everyMs) return
  if ((await ledger.audits.places(tenant)).length === 0) return
  await ledger.audits.begin(tenant, 'schedule', { since: new Date(clock.now() - periods * everyMs).toISOString() })
}

async function carryOutOne(parts: AuditKeepingParts, wish: Parameters<typeof carryOutAudit>[1], signal: AbortSignal): Promise<void> {
  const { ledger, log } = parts
  try {
    const targets = await carryOutAudit(parts, wish, signal)
    await ledger.audits.finish(wish.id, targets, null)
    const amiss = targets.filter(({ missing, stale, altered, unknown }) => missing + stale + altered + unknown > 0)
    for (const { namespace, documentType, missing, stale, altered, unknown } of amiss)
      log.warn({ auditId: wish.id, namespace, documentType, missing, stale, altered, unknown }, 'Vespa does not have what it should have')
    if (amiss.length === 0) log.info({ auditId: wish.id, targets: targets.length }, 'Vespa has what it should have')
  } catch (thrown) {
    // Who leads next begins it again.
    if (signal.aborted) return
    const error = toWeaverError(thrown)
    log.warn({ err: thrown, auditId: wish.id }, 'an audit failed')
    await ledger.audits.finish(wish.id, [], toRunError(error))
  }
}
