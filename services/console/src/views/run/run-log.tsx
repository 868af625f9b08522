import { useInfiniteQuery } from '@tanstack/react-query'
import type { Run, RunLogLine } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { Badge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { More } from '../../parts/more.tsx'
import { Panel } from '../../parts/panel.tsx'
import type { Mood } from '../../parts/run-states.ts'
import { exactTime } from '../../parts/time.tsx'

const moods: Readonly<Record<RunLogLine['level'], Mood>> = { info: 'calm', warn: 'warn', error: 'bad' }

/** How its failed attempts ended, and what else was worth saying. A run without incident has nothing to say. */
export function RunLog({ run }: { readonly run: Run }) {
  const read = useInfiniteQuery(useQueries().runLog(run.id))
  const lines = read.data?.pages.flatMap(({ items }) => items)
  return (
    <Panel title="Attempts and log" flush>
      <Loaded read={{ data: lines, error: read.error, refetch: read.refetch }}>
        {(all) =>
          all.length === 0 ? (
            <p className="muted quiet-line">{quiet(run)}</p>
          ) : (
            <ol className="log">
              {all.map((line) => (
                <Line key={line.id} line={line} />
              ))}
            </ol>
          )
        }
      </Loaded>
      <More read={read} what="More lines" />
    </Panel>
  )
}

function Line({ line: { at, level, attempt, workerId, message, fields } }: { readonly line: RunLogLine }) {
  const { detail, ...rest } = fields
  return (
    <li className="log-line">
      <time dateTime={at} className="number small muted">
        {exactTime(at)}
      </time>
      <Badge mood={moods[level]} label={`attempt ${attempt}`} title={`${level}, ${workerId}`} />
      <span>
        {message}
        {typeof detail === 'string' ? `: ${detail}` : ''}
        {Object.entries(rest).map(([name, value]) => (
          <span key={name} className="muted small">
            {' '}
            {name} <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
          </span>
        ))}
      </span>
    </li>
  )
}

function quiet({ attempt, state }: Run): string {
  if (attempt === 0) return state === 'queued' ? 'It waits for its first attempt.' : 'There was no attempt.'
  return 'No attempt failed, and its adapter noted nothing. What there is to say stands here for a week.'
}
