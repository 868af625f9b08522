import { type Schedule, WeaverError } from '@data-weaver/contracts'
import { CronExpressionParser } from 'cron-parser'

/**
 * The nominal times of a schedule, as pure functions. An interval has an anchor: its ticks are anchor + n × every. A cron
 * expression needs none. All times are milliseconds since the Unix epoch.
 */

/** @throws WeaverError `invalid_schedule` naming the field, the problem and an example. */
export function validateSchedule(schedule: Schedule): void {
  if (!('cron' in schedule)) return
  const { cron, timezone } = schedule
  if (timezone !== undefined && !isTimezone(timezone)) {
    throw invalid('schedule.timezone', `"${timezone}" is not a time zone`, 'Use an IANA name such as Europe/Madrid.')
  }
  const parts = cron.trim().split(/\s+/)
  if (parts.length !== 5 && parts.length !== 6) {
    throw invalid('schedule.cron', `has ${parts.length} fields, not 5 or 6`, cronHint)
  }
  let next: number | null
  try {
    next = nextTick(schedule, 0, 0)
  } catch (cause) {
    throw invalid('schedule.cron', `"${cron}" does not parse: ${cause instanceof Error ? cause.message : String(cause)}`, cronHint)
  }
  if (next === null) throw invalid('schedule.cron', `"${cron}" never comes`, cronHint)
}

const cronHint = 'Five fields: minute, hour, day of month, month, day of week; or six with seconds first. For example "*/5 * * * *".'

const invalid = (field: string, problem: string, hint: string): WeaverError =>
  new WeaverError('invalid_schedule', `${field} ${problem}`, { errors: [{ field, problem, hint }] })

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** The first tick after `after` (exclusive), or null when there is none. */
export function nextTick(schedule: Schedule, anchor: number, after: number): number | null {
  if ('every' in schedule) {
    if (after < anchor) return anchor
    return anchor + (Math.floor((after - anchor) / schedule.every) + 1) * schedule.every
  }
  if ('cron' in schedule) {
    // Before its anchor a changed schedule is not in force yet: the interval under way ends first.
    const expression = CronExpressionParser.parse(schedule.cron, {
      currentDate: new Date(Math.max(after, anchor - 1)),
      tz: schedule.timezone ?? 'UTC',
    })
    return expression.hasNext() ? expression.next().getTime() : null
  }
  return null
}

/**
 * The nominal time that a wake-up at `at` stands for. A queue's clock may be some milliseconds off the grid of an interval;
 * rounding down gives every wake-up of one interval the same tick, so that it can run only once.
 */
export function tickAt(every: number | null, anchor: number, at: number): number {
  return every === null ? at : anchor + Math.floor((at - anchor) / every) * every
}

/** Ticks in (`after`, `until`], at most `limit` of them, and how many there are in all (for cron, counted up to 100,000). */
export function ticksBetween(
  schedule: Schedule,
  anchor: number,
  after: number,
  until: number,
  limit: number,
): { ticks: number[]; count: number } {
  const ticks: number[] = []
  let count = 0
  if ('every' in schedule) {
    const first = nextTick(schedule, anchor, after)
    if (first === null || first > until) return { ticks, count }
    count = Math.floor((until - first) / schedule.every) + 1
    for (let index = 0; index < Math.min(count, limit); index += 1) ticks.push(first + index * schedule.every)
    return { ticks, count }
  }
  let tick = nextTick(schedule, anchor, after)
  while (tick !== null && tick <= until && count < 100_000) {
    if (count < limit) ticks.push(tick)
    count += 1
    tick = nextTick(schedule, anchor, tick)
  }
  return { ticks, count }
}

/** Milliseconds that a run may take when the stream does not say: the interval, or five minutes where there is none. */
export const defaultTimeout = (schedule: Schedule): number => ('every' in schedule ? schedule.every : 300_000)
