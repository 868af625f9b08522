import type { SinkStatistics } from '@data-weaver/contracts'
import { type Database, statement } from './database.ts'

const announce = statement('sink_reports_announce', `select pg_notify('weaver_sinks', $1)`)

/** What a worker says of a sink that it feeds. It is heard by supervisors that are up, and kept nowhere: the next one comes in seconds. */
export interface SinkReport {
  readonly worker: string
  /** Kind of the sink. */
  readonly sink: string
  /** Which one of its kind, as people call it (`weaver/earthquake`); empty where there is only one. */
  readonly target: string
  /** Tells apart entries that feed the same target. */
  readonly entry: string
  readonly statistics: SinkStatistics
}

export const announceSink = async (database: Database, report: SinkReport): Promise<void> => {
  await database.rows(announce, [JSON.stringify(report)])
}
