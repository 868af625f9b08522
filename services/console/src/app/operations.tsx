import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'
import type { Operation } from '../api/resources.ts'
import { useQueries } from '../api/use-queries.ts'
import { count, plural } from '../parts/amounts.ts'
import { ErrorPanel, RunErrorPanel } from '../parts/error-panel.tsx'
import { span } from '../parts/amounts.ts'

type Watch = (operation: Operation) => void
const WatchContext = createContext<Watch>(() => {})

/** Shows an operation until it is acknowledged and somebody has taken note. */
export const useWatch = (): Watch => useContext(WatchContext)

/** Operations that are shown at once. */
const most = 5

export function Operations({ children }: { readonly children: ReactNode }) {
  const [watched, setWatched] = useState<readonly Operation[]>([])
  const cache = useQueryClient()
  const watch = useCallback<Watch>(
    (operation) => {
      cache.setQueryData(['operation', operation.id], operation)
      setWatched((old) => [operation, ...old.filter(({ id }) => id !== operation.id)].slice(0, most))
    },
    [cache],
  )
  return (
    <WatchContext value={watch}>
      {children}
      {watched.length === 0 ? null : (
        <section className="operations" aria-label="Operations">
          {watched.map((operation) => (
            <Watched
              key={operation.id}
              operation={operation}
              onClose={() => setWatched((old) => old.filter(({ id }) => id !== operation.id))}
            />
          ))}
        </section>
      )}
    </WatchContext>
  )
}

const names: Readonly<Record<Operation['action'], string>> = {
  ...{ start: 'Start', stop: 'Stop', pause: 'Pause', resume: 'Resume', trigger: 'Run now', change: 'Change', delete: 'Delete' },
  ...{ interrupt: 'Interrupt', drainWorker: 'Drain', reparse: 'Re-parse', redrive: 'Redrive', discard: 'Discard' },
}

/** What the operation is about, in a word or two. */
export function operationTitle({ action, scope, streams, redelivery }: Operation): string {
  if (scope.deadLetters !== undefined) return `${names[action]} ${plural(redelivery?.matched ?? 0, 'dead letter')}`
  if (scope.worker !== undefined) return `${names[action]} worker`
  if (scope.run !== undefined) return `${names[action]} run`
  const [only, ...more] = scope.filter?.names ?? (scope.stream === undefined ? [] : [scope.stream])
  return `${names[action]} ${only !== undefined && more.length === 0 ? only : plural(streams.matched, 'stream')}`
}

function Watched({ operation, onClose }: { readonly operation: Operation; readonly onClose: () => void }) {
  const cache = useQueryClient()
  const read = useQuery(useQueries().operation(operation.id))
  const now = read.data ?? operation
  const ended = now.finishedAt !== null
  useEffect(() => {
    if (ended) void cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'operation' })
  }, [ended, cache])
  return (
    <article className="operation" data-state={now.state}>
      <div className="page-head-line">
        <h2>{operationTitle(now)}</h2>
        <button className="button quiet small" type="button" onClick={onClose} aria-label={`Close ${operationTitle(now)}`}>
          ✕
        </button>
      </div>
      <p role="status">{operationText(now)}</p>
      {now.runs.told > 0 && !ended ? <progress max={now.runs.told} value={now.runs.acknowledged} aria-label="Acknowledged" /> : null}
      {now.workers.length === 0 ? null : (
        <p className="small muted">{now.workers.map(({ id, told, acknowledged }) => `${id}: ${acknowledged} of ${told}`).join(' · ')}</p>
      )}
      {now.error === null ? null : <RunErrorPanel error={now.error} />}
      {read.error === null ? null : <ErrorPanel error={read.error} />}
    </article>
  )
}

/** How far it is, in words. */
export function operationText({ state, scope, streams, runs, redelivery, createdAt, finishedAt }: Operation): string {
  const took = finishedAt === null ? '' : ` after ${span(Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt)))}`
  if (redelivery !== undefined && state !== 'failed') {
    const { deliveries, delivered, documents, deadLetters } = redelivery
    const so = finishedAt === null ? `${count(delivered)} of ${plural(deliveries, 'delivery', 'deliveries')} ended` : `Done${took}`
    return `${so}: ${plural(documents, 'document')}, ${plural(deadLetters, 'dead letter')}`
  }
  switch (state) {
    case 'applying':
      return `Being written down: ${count(streams.done)} of ${plural(streams.matched, 'stream')}`
    case 'waiting':
      if (scope.purge === true && runs.acknowledged === runs.told) return 'Deleted. Results and documents are being purged'
      return `In force. ${count(runs.acknowledged)} of ${plural(runs.told, 'run')} acknowledged`
    case 'completed':
      return runs.told === 0 ? `Done${took}` : `Acknowledged by all: ${plural(runs.told, 'run')}${took}`
    case 'failed':
      return `Failed${took}`
    default:
      return state
  }
}
