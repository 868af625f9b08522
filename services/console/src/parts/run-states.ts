import type { Run, RunState } from '../api/resources.ts'

/** How a state is meant: good, bad, to be watched, under way, or of no weight. */
export type Mood = 'good' | 'bad' | 'warn' | 'busy' | 'calm'

const states: Readonly<Record<RunState, { readonly mood: Mood; readonly label: string; readonly means: string }>> = {
  queued: { mood: 'busy', label: 'queued', means: 'It waits for a worker.' },
  running: { mood: 'busy', label: 'running', means: 'A worker fetches pages.' },
  waiting: { mood: 'warn', label: 'waiting', means: 'An attempt failed; another one comes.' },
  stopping: { mood: 'warn', label: 'stopping', means: 'It was told to stop, and its worker has not said yet that it did.' },
  delivering: { mood: 'busy', label: 'delivering', means: 'All pages are stored; they are on their way to the sinks.' },
  succeeded: { mood: 'good', label: 'succeeded', means: 'Every record is in every sink.' },
  partial: { mood: 'warn', label: 'partial', means: 'Some records or pages did not reach a sink.' },
  failed: { mood: 'bad', label: 'failed', means: 'It ended with an error.' },
  interrupted: { mood: 'warn', label: 'interrupted', means: 'It was stopped before its end.' },
  timedOut: { mood: 'bad', label: 'timed out', means: 'It took longer than its timeout.' },
  skipped: { mood: 'calm', label: 'skipped', means: 'The tick did not run, on purpose.' },
  missed: { mood: 'bad', label: 'missed', means: 'The tick did not run, because nobody could run it.' },
}

/** What made a run begin. */
export const triggers: Readonly<Record<Run['trigger'], string>> = {
  schedule: 'Tick',
  manual: 'Triggered',
  catchUp: 'Tick, run late',
  probe: 'Probe',
  canary: 'Trial',
  push: 'Pushed',
  backfill: 'Backfill',
}

export const runStates = Object.keys(states) as RunState[]

/** The server may know states that this page does not. */
export const stateOf = (state: RunState) => states[state] ?? { mood: 'calm', label: state, means: '' }
