import type { JsonObject, Log, RunLogLevel } from '@data-weaver/contracts'
import type { ClaimedRun, Ledger } from '@data-weaver/ledger'

/** Lines that one hold on a run writes down at most; the process's own log has them all. */
const mostLines = 100
/** Longest fields of a line, characters of JSON. */
const longestFields = 4000

export interface RunLog extends Log {
  /** Resolves when what was said is written down, or could not be. */
  written(): Promise<void>
}

/** A log whose lines above `debug` are also kept with the run, where whoever looks at the run finds them. */
export function runLog({ id, attempt }: ClaimedRun, workerId: string, ledger: Pick<Ledger, 'logRun'>, log: Log): RunLog {
  let lines = 0
  const open = new Set<Promise<void>>()
  const keep = (level: RunLogLevel) => (fields: object, message: string) => {
    log[level]({ runId: id, ...fields }, message)
    if ((lines += 1) > mostLines) return
    const writing = ledger.logRun({ runId: id, level, attempt, workerId, message, fields: plain(fields) }).then(
      () => {},
      (error: unknown) => log.debug({ runId: id, err: error }, 'a line about a run was not kept'),
    )
    open.add(writing)
    void writing.then(() => open.delete(writing))
  }
  return {
    debug: (fields, message) => log.debug({ runId: id, ...fields }, message),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    async written() {
      await Promise.all(open)
    },
  }
}

/** As JSON has it, without what a logger would make of an error. */
function plain(fields: object): JsonObject {
  const { err: _, ...rest } = fields as { readonly err?: unknown }
  const text = JSON.stringify(rest)
  return text.length > longestFields ? { tooLong: text.length } : (JSON.parse(text) as JsonObject)
}
