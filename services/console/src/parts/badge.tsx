import type { RunState, Stream } from '../api/resources.ts'
import { type Mood, stateOf } from './run-states.ts'

interface BadgeProps {
  readonly mood: Mood
  readonly label: string
  readonly title?: string | undefined
}

/** A word with a colour; the word alone says it, too. */
export function Badge({ mood, label, title }: BadgeProps) {
  return (
    <span className="badge" data-mood={mood} title={title}>
      {label}
    </span>
  )
}

export function RunBadge({ state }: { readonly state: RunState }) {
  const { mood, label, means } = stateOf(state)
  return <Badge mood={mood} label={label} title={means} />
}

const desired: Readonly<Record<Stream['desired'], Mood>> = { started: 'good', paused: 'warn', stopped: 'calm' }

export function DesiredBadge({ state }: { readonly state: Stream['desired'] }) {
  return <Badge mood={desired[state]} label={state} />
}
