import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from 'react'
import type { Operation } from '../api/resources.ts'
import { useQueries } from '../api/use-queries.ts'
import { keepWatched, watchedBefore } from '../browser/watched.ts'
import { count, plural } from '../parts/amounts.ts'
import { ErrorPanel, RunErrorPanel } from '../parts/error-panel.tsx'
import { span } from '../parts/amounts.ts'

type Watch = (operation: Operation | string) => void
const WatchContext = createContext<Watch>(() => {})

/** Shows an operation, given by itself or by its id, until it is over and somebody has taken note. */
export const useWatch = (): Watch => useContext(WatchContext)

/** Operations that are shown at once. */
const most = 5

export function Operations({ children }: { readonly children: ReactNode }) {
  const [watched, setWatched] = useState(watchedBefore)
  const cache = useQueryClient()
  const [over, setOver] = useState<ReadonlySet<string>>(new Set())
  // One whose end was seen need not come back with the page.
  useEffect(() => keepWatched(watched.filter((id) => !over.has(id))), [watched, over])
  const onOver = useCallback((id: string) => setOver((old) => (old.has(id) ? old : new Set([...old, id]))), [])
  const watch = useCallback<Watch>(
    (operation) => {
      const given = typeof operation === 'string' ? operation : operation.id
      if (typeof operation !== 'string') cache.setQueryData(['operation', given], operation)
      setWatched((old) => [given, ...old.filter((id) => id !== given)].slice(0, most))
    },
    [cache],
  )
  return (
    <WatchContext value={watch}>
      {children}
      {watched.length === 0 ? null : (
        <section className="operations" aria-label="Operations">
          {watched.map((id) => (
            <Watched key={id} id={id} onOver={onOver} onClose={() => setWatched((old) => old.filter((one) => one !== id))} />
          ))}
        </section>
      )}
    </WatchContext>
  )
}

const names: Readonly<Record<Operation['action'], string>> = {
  ...{ start: 'Start', stop: 'Stop', pause: 'Pause', resume: 'Resume', trigger: 'Run now', change: 'Change', delete: 'Delete' },
  ...{ interrupt: 'Interrupt', drainWorker: 'Drain', reparse: 'Re-parse', redrive: 'Redrive', discard: 'Discard' },
  ...{ runTicks: 'Run ticks of', backfill: 'Backfill' },
}

/** What the operation is about, in a word or two. */
export function operationTitle({ action, scope, streams, redelivery }: Operation): string {
  if (scope.deadLetters !== undefined) return `${names[action]} ${plural(redelivery?.matched ?? 0, 'dead letter')}`
  if (scope.worker !== undefined) return `${names[action]} worker`
  if (scope.run !== undefined) return `${names[action]} run`
  const [only, ...more] = scope.filter?.names ?? (scope.stream === undefined ? [] : [scope.streamName ?? scope.stream])
  return `${names[action]} ${only !== undefined && more.length === 0 ? only : plural(streams.matched, 'stream')}`
}

interface WatchedProps {
  readonly id: string
  /** It has ended, and was shown so. */
  readonly onOver: (id: string) => void
  readonly onClose: () => void
}

function Watched({ id, onOver, onClose }: WatchedProps) {
  const cache = useQueryClient()
  const { data: now, error } = useQuery(useQueries().operation(id))
  const ended = now !== undefined && now.finishedAt !== null
  useEffect(() => {
    if (ended) onOver(id)
  }, [ended, onOver, id])
  const runsEnded = now?.queued?.ended ?? 0
  useEffect(() => {
    if (ended || runsEnded > 0) void cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'operation' })
  }, [ended, runsEnded, cache])
  if (now === undefined && error === null) return null
  const title = now === undefined ? 'Operation' : operationTitle(now)
  return (
    <article className="operation" data-state={now === undefined ? 'failed' : outcomeOf(now)}>
      <div className="page-head-line">
        <h2>{title}</h2>
        <button className="button quiet small" type="button" onClick={onClose} aria-label={`Close ${title}`}>
          ✕
        </button>
      </div>
      {now === undefined ? null : <Told operation={now} />}
      {error === null ? null : <ErrorPanel error={error} />}
    </article>
  )
}

function Told({ operation }: { readonly operation: Operation }) {
  const { workers, error } = operation
  return (
    <>
      <p role="status">{operationText(operation)}</p>
      <Progress operation={operation} />
      {workers.length === 0 ? null : (
        <p className="small muted">{workers.map(({ id, told, acknowledged }) => `${id}: ${acknowledged} of ${told}`).join(' · ')}</p>
      )}
      {error === null ? null : <RunErrorPanel error={error} />}
    </>
  )
}

/** Its state; one that is complete is called partial where not all of its runs succeeded. */
export const outcomeOf = ({ state, queued }: Operation): Operation['state'] | 'partial' =>
  state === 'completed' && queued !== undefined && queued.succeeded < queued.runs ? 'partial' : state

/** How far it is, as a bar; nothing where it has ended. */
export function Progress({ operation: { runs, queued, redelivery, finishedAt } }: { readonly operation: Operation }) {
  if (finishedAt !== null) return null
  if (queued !== undefined) return <progress max={queued.runs} value={queued.ended} aria-label="Runs that ended" />
  if (redelivery !== undefined && redelivery.matched > 0)
    return <progress max={redelivery.matched} value={redelivery.done} aria-label="Taken in hand" />
  return runs.told > 0 ? <progress max={runs.told} value={runs.acknowledged} aria-label="Acknowledged" /> : null
}

/** How far it is, in words. */
export function operationText({ action, state, scope, streams, runs, redelivery, queued, createdAt, finishedAt }: Operation): string {
  const took = finishedAt === null ? '' : ` after ${span(Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt)))}`
  if (redelivery !== undefined && state !== 'failed') {
    const { deliveries, delivered, documents, deadLetters } = redelivery
    const so = finishedAt === null ? `${count(delivered)} of ${plural(deliveries, 'delivery', 'deliveries')} ended` : `Done${took}`
    return `${so}: ${plural(documents, 'document')}, ${plural(deadLetters, 'dead letter')}`
  }
  if (queued !== undefined) {
    const { ended, succeeded, documents, deadLetters } = queued
    const so = finishedAt === null ? `${count(ended)} of ${plural(queued.runs, 'run')} ended` : `Done${took}: ${plural(queued.runs, 'run')}`
    const not = ended - succeeded
    return `${so}${not === 0 ? '' : ` (${count(not)} without success)`}, ${plural(documents, 'document')}, ${plural(deadLetters, 'dead letter')}`
  }
  switch (state) {
    case 'applying':
      return `Being written down: ${count(streams.done)} of ${plural(streams.matched, 'stream')}`
    case 'waiting':
      if (scope.purge === true && runs.acknowledged === runs.told) return 'Deleted. Results and documents are being purged'
      return `In force. ${count(runs.acknowledged)} of ${plural(runs.told, 'run')} acknowledged`
    case 'completed':
      // The runs themselves go on.
      if (action === 'trigger') return `Queued${took}; the runs stand at their streams`
      return runs.told === 0 ? `Done${took}` : `Acknowledged by all: ${plural(runs.told, 'run')}${took}`
    case 'failed':
      return `Failed${took}`
    default:
      return state
  }
}
