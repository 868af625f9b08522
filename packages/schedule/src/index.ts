import { type Schedule, WeaverError } from '@data-weaver/contracts'
import { CronExpressionParser } from 'cron-parser'

/**
 * The nominal times of a schedule, as pure functions. An interval has an anchor: its ticks are anchor + n × every. A cron
 * expression needs none. All times are milliseconds since the Unix epoch.
 */

/** @throws WeaverError `invalid_schedule` naming the field, the problem and an example. */
export function validateSchedule(schedule: Schedule): void {
  if ('every' in schedule || 'cron' in schedule) validateBounds(schedule)
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
    next = nextTick({ cron, ...(timezone === undefined ? {} : { timezone }) }, 0, 0)
  } catch (cause) {
    throw invalid('schedule.cron', `"${cron}" does not parse: ${cause instanceof Error ? cause.message : String(cause)}`, cronHint)
  }
  if (next === null) throw invalid('schedule.cron', `"${cron}" never comes`, cronHint)
}

type Recurring = Extract<Schedule, { every: number } | { cron: string }>

function validateBounds({ startAt, endAt, ...schedule }: Recurring): void {
  if (startAt !== undefined && endAt !== undefined && Date.parse(endAt) < Date.parse(startAt)) {
    throw invalid('schedule.endAt', `"${endAt}" is before startAt`, 'Give a time after startAt, or leave one of them out.')
  }
  if ('every' in schedule && schedule.jitter !== undefined && schedule.jitter > schedule.every) {
    throw invalid('schedule.jitter', `${schedule.jitter} is longer than the interval`, `Give at most ${schedule.every} milliseconds.`)
  }
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

/** The first tick after `after` (exclusive), or null when there is none. Before its anchor a schedule is not in force yet. */
export function nextTick(schedule: Schedule, anchor: number, after: number): number | null {
  const next = unboundedNext(schedule, anchor, after)
  return next === null || next > endOf(schedule) ? null : next
}

function unboundedNext(schedule: Schedule, anchor: number, after: number): number | null {
  if ('every' in schedule) {
    if (after < anchor) return anchor
    return anchor + (Math.floor((after - anchor) / schedule.every) + 1) * schedule.every
  }
  if ('cron' in schedule) {
    const expression = CronExpressionParser.parse(schedule.cron, {
      currentDate: new Date(Math.max(after, anchor - 1)),
      tz: schedule.timezone ?? 'UTC',
    })
    return expression.hasNext() ? expression.next().getTime() : null
  }
  if ('at' in schedule) {
    const at = Date.parse(schedule.at)
    return at > after && at >= anchor ? at : null
  }
  return null
}

/** Where the grid begins for a stream that starts, or changes its schedule, at `now`. */
export const anchorAt = (schedule: Schedule, now: number): number =>
  ('every' in schedule || 'cron' in schedule) && schedule.startAt !== undefined ? Math.max(now, Date.parse(schedule.startAt)) : now

/** After this there is no tick; Infinity where the schedule does not end. */
export const endOf = (schedule: Schedule): number =>
  ('every' in schedule || 'cron' in schedule) && schedule.endAt !== undefined ? Date.parse(schedule.endAt) : Infinity

/** The fractional part of its multiples fills an interval more evenly than chance does, whatever their number. */
const goldenRatio = 0.618_033_988_749_894_9

/**
 * Milliseconds after its nominal time at which a stream's tick is to start: the same for all its ticks, below the schedule's `jitter`.
 * `ordinal` counts streams in order of creation; any number of neighbours are spread evenly.
 */
export function jitterOf(schedule: Schedule, ordinal: number): number {
  if (!('every' in schedule || 'cron' in schedule) || schedule.jitter === undefined) return 0
  return Math.floor(((ordinal * goldenRatio) % 1) * schedule.jitter)
}

/**
 * The nominal time that a wake-up at `at` stands for. A queue's clock may be some milliseconds off the grid of an interval;
 * rounding down gives every wake-up of one interval the same tick, so that it can run only once.
 */
export function tickAt(every: number | null, anchor: number, at: number): number {
  return every === null ? at : anchor + Math.floor((at - anchor) / every) * every
}

/** Ticks of a cron expression counted one by one, at most so many. */
const mostCounted = 100_000

export interface Ticks {
  /** In order, at most as many as were asked for. */
  readonly ticks: number[]
  /** How many there are in all. */
  readonly count: number
  /** The last of all of them. */
  readonly last: number
}

/** Ticks in (`after`, `until`], the first `limit` of them, and how many there are in all (for cron, counted up to 100,000). */
export function ticksBetween(schedule: Schedule, anchor: number, after: number, until: number, limit: number): Ticks {
  const end = Math.min(until, endOf(schedule))
  const ticks: number[] = []
  if ('every' in schedule) {
    const first = nextTick(schedule, anchor, after)
    if (first === null || first > end) return { ticks, count: 0, last: after }
    const count = Math.floor((end - first) / schedule.every) + 1
    for (let index = 0; index < Math.min(count, limit); index += 1) ticks.push(first + index * schedule.every)
    return { ticks, count, last: first + (count - 1) * schedule.every }
  }
  let count = 0
  let last = after
  for (
    let tick = nextTick(schedule, anchor, after);
    tick !== null && tick <= end && count < mostCounted;
    tick = nextTick(schedule, anchor, tick)
  ) {
    if (count < limit) ticks.push(tick)
    count += 1
    last = tick
  }
  return { ticks, count, last }
}

/** Milliseconds that a run may take when the stream does not say: the interval, or five minutes where there is none. */
export const defaultTimeout = (schedule: Schedule): number => ('every' in schedule ? schedule.every : 300_000)
