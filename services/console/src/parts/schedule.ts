import type { Stream } from '../api/resources.ts'
import { exactTime } from './time.tsx'
import { span } from './amounts.ts'

/** A schedule as a person says it. */
export function scheduleText(schedule: Stream['schedule']): string {
  if ('every' in schedule) return `every ${span(schedule.every)}`
  if ('cron' in schedule) return `cron ${schedule.cron}${schedule.timezone === undefined ? '' : ` (${schedule.timezone})`}`
  if ('at' in schedule) return `once, ${exactTime(String(schedule.at))}`
  if ('continuous' in schedule) return 'without end'
  return 'when triggered'
}
