import type { Tick } from '../../api/resources.ts'
import { type Mood, stateOf } from '../../parts/run-states.ts'

export const outcomes: Readonly<Record<Tick['outcome'], string>> = {
  ran: 'ran',
  inProgress: 'in progress',
  skipped: 'skipped',
  missed: 'missed',
}

export const reasons: Readonly<Record<NonNullable<Tick['reason']>, string>> = {
  overlap: 'The run before was still in progress.',
  bufferFull: 'Too many ticks were waiting already.',
  superseded: 'A later tick took its place.',
  paused: 'The stream was paused.',
  budget: 'The rate budget of the source was used up.',
  noWorker: 'No worker of its pool was up.',
  notInTime: 'No worker was free in time.',
  outage: 'The system was down.',
  stopped: 'The stream was stopped.',
  scheduleChanged: 'The schedule was changed.',
}

/** A tick that starts later than this after its time is late, milliseconds: by then it counts as missed where nobody runs it. */
const lateMs = 30_000

export const isLate = ({ outcome, latenessMs }: Pick<Tick, 'outcome' | 'latenessMs'>): boolean =>
  (outcome === 'ran' || outcome === 'inProgress') && (latenessMs ?? 0) >= lateMs

/** Why a tick did not run, or ran late. */
export function whyOf(tick: Pick<Tick, 'outcome' | 'latenessMs' | 'trigger' | 'reason'>): string {
  if (tick.reason !== null) return reasons[tick.reason]
  if (tick.trigger === 'catchUp') return 'It was missed or skipped at its time, and run later.'
  return isLate(tick) ? 'It waited for a worker, or for the run before it.' : ''
}

type Fate = Pick<Tick, 'outcome' | 'state'> & Partial<Pick<Tick, 'latenessMs'>>

export function moodOf({ outcome, state, latenessMs = null }: Fate): Mood {
  if (outcome === 'skipped') return 'calm'
  if (outcome === 'missed') return 'bad'
  if (outcome === 'inProgress') return 'busy'
  const { mood } = stateOf(state)
  return mood === 'good' && isLate({ outcome, latenessMs }) ? 'warn' : mood
}
