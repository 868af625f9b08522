import type { Adapter } from '../../api/resources.ts'
import { Badge } from '../../parts/badge.tsx'

const ways = {
  poll: { mood: 'calm', label: 'poll', means: 'runs on a schedule' },
  live: { mood: 'busy', label: 'live', means: 'keeps a connection' },
  pushed: { mood: 'warn', label: 'pushed', means: 'its source sends by itself' },
} as const

/** How data come: by asking, over a connection, or by themselves. */
export function ModeBadge({ adapter: { mode, pushed }, explained = false }: { readonly adapter: Adapter; readonly explained?: boolean }) {
  const { mood, label, means } = ways[pushed ? 'pushed' : mode]
  return <Badge mood={mood} label={explained ? `${label}: ${means}` : label} title={means} />
}
