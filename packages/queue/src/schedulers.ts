import type { Schedule } from '@data-weaver/contracts'
import type { Queue } from 'bullmq'
import { jobOptions } from './backend.ts'

/** The job scheduler that a started stream should have. Times are milliseconds since the Unix epoch. */
export interface ScheduleToArm {
  readonly streamId: string
  readonly schedule: Schedule
  /** Beginning of the grid; part of the scheduler's identity, so that a changed one is armed anew. */
  readonly anchor: number
  /** The first nominal time. */
  readonly first: number
  /** So much after its nominal time a tick starts, milliseconds. */
  readonly jitterMs: number
}

/** A job scheduler as the queue has it. */
export interface ArmedSchedule {
  readonly streamId: string
  /** Tells schedules apart: equal for equal interval or expression, zone and anchor. */
  readonly fingerprint: string
  readonly next: number
}

const pageSize = 500

/** The job schedulers of one lane. Only one process at a time may write them: the leader among the supervisors. */
export class Schedulers {
  readonly #queue: Queue
  readonly #bounded: <T>(work: Promise<T>) => Promise<T>

  constructor(queue: Queue, bounded: <T>(work: Promise<T>) => Promise<T>) {
    this.#queue = queue
    this.#bounded = bounded
  }

  async list(): Promise<ReadonlyMap<string, ArmedSchedule>> {
    const armed = new Map<string, ArmedSchedule>()
    for (let start = 0; ; start += pageSize) {
      const page = await this.#bounded(this.#queue.getJobSchedulers(start, start + pageSize - 1, true))
      for (const { key, next, template } of page) {
        const data = template?.data as { fingerprint?: string } | undefined
        armed.set(key, { streamId: key, fingerprint: data?.fingerprint ?? '', next: next ?? 0 })
      }
      if (page.length < pageSize) return armed
    }
  }

  async arm({ streamId, schedule, anchor, first, jitterMs }: ScheduleToArm): Promise<void> {
    const repeat =
      'every' in schedule
        ? { every: schedule.every, startDate: first + jitterMs }
        : 'cron' in schedule
          ? { pattern: schedule.cron, tz: schedule.timezone ?? 'UTC', startDate: first - 1 }
          : undefined
    if (repeat === undefined) return
    const data = {
      streamId,
      fingerprint: fingerprint(schedule, anchor, jitterMs),
      ...('cron' in schedule && jitterMs > 0 ? { jitterMs } : {}),
    }
    await this.#bounded(this.#queue.upsertJobScheduler(streamId, repeat, { name: 'tick', data, opts: jobOptions }))
  }

  async disarm(streamId: string): Promise<void> {
    await this.#bounded(this.#queue.removeJobScheduler(streamId))
  }
}

export const fingerprint = (schedule: Schedule, anchor: number, jitterMs: number): string =>
  'every' in schedule
    ? `every ${schedule.every} from ${anchor} by ${jitterMs}`
    : 'cron' in schedule
      ? `cron ${schedule.cron} ${schedule.timezone ?? 'UTC'} from ${anchor} by ${jitterMs}`
      : 'none'
