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

export function moodOf({ outcome, state }: Pick<Tick, 'outcome' | 'state'>): Mood {
  if (outcome === 'skipped') return 'calm'
  if (outcome === 'missed') return 'bad'
  return outcome === 'inProgress' ? 'busy' : stateOf(state).mood
}
