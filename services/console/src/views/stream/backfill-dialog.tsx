import type { Client, operations } from '@data-weaver/client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Backfill, Stream } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { useWatch } from '../../app/operations.tsx'
import { now } from '../../browser/clock.ts'
import { plural } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { apiTime, fieldTime } from '../../parts/field-time.ts'
import { JsonView } from '../../parts/json-view.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { exactTime } from '../../parts/time.tsx'
import { TimeField } from '../../parts/time-field.tsx'
import { Ways } from '../../parts/ways.tsx'

type Wish = operations['backfillStream']['requestBody']['content']['application/json']

const dayMs = 86_400_000
/** How a stretch of time may be divided into runs, milliseconds each. */
const parts = [
  ['', 'in one run'],
  [String(3_600_000), 'a run for each hour'],
  [String(dayMs), 'a run for each day'],
  [String(7 * dayMs), 'a run for each week'],
  [String(30 * dayMs), 'a run for each 30 days'],
] as const

/** What is asked for in the form; undefined while it is not whole. */
interface Draft {
  readonly by: 'time' | 'cursor'
  readonly since: string
  readonly until: string
  readonly window: string
  readonly cursor: string
}

function wishOf({ by, since, until, window, cursor }: Draft): Wish | undefined {
  if (by === 'cursor') {
    try {
      return { cursor: JSON.parse(cursor) as unknown }
    } catch {
      return undefined
    }
  }
  const [first, last] = [apiTime(since), apiTime(until)]
  if (first === undefined || last === undefined) return undefined
  return { since: first, until: last, ...(window === '' ? {} : { window: Number(window) }) }
}

/** Fetches the past of a stream again, beside its schedule. The cursor of the stream stays where it is. */
export function BackfillDialog({ stream, onClose }: { readonly stream: Stream; readonly onClose: () => void }) {
  const client = useClient()
  const cache = useQueryClient()
  const watch = useWatch()
  const [key] = useState(() => crypto.randomUUID())
  const [draft, setDraft] = useState<Draft>(() => ({
    ...{ by: 'time', since: fieldTime(now() - dayMs), until: fieldTime(now()), window: '' },
    cursor: JSON.stringify(stream.cursor ?? null, undefined, 2),
  }))
  const wish = wishOf(draft)
  const preview = useQuery({
    queryKey: ['preview', 'backfill', stream.name, wish],
    queryFn: () => ask(client, stream.name, { ...(wish as Wish), dryRun: true }),
    enabled: wish !== undefined,
    retry: false,
    gcTime: 0,
  })
  const order = useMutation({
    mutationFn: (wanted: Wish) => ask(client, stream.name, wanted, key),
    onSuccess: ({ operation }) => {
      if (operation !== null) watch(operation)
      void cache.invalidateQueries({ queryKey: ['stream', stream.name] })
      void cache.invalidateQueries({ queryKey: ['runs'] })
      onClose()
    },
  })
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Backfill ${stream.name}`}
      act="Fetch it again"
      harmful={false}
      busy={order.isPending}
      ready={wish !== undefined && preview.data !== undefined && !preview.isFetching}
      onAct={() => (wish === undefined ? undefined : order.mutate(wish))}
    >
      <Fields draft={draft} onDraft={setDraft} />
      {wish === undefined ? (
        <p role="status">{draft.by === 'cursor' ? 'The cursor is not JSON yet.' : 'Choose a beginning and an end.'}</p>
      ) : (
        <Loaded read={preview}>{(plan) => <Plan plan={plan} />}</Loaded>
      )}
      <p>
        Documents keep their ids, so nothing is doubled, and the cursor of the stream stays where it is.
        {stream.desired === 'stopped' ? ' The stream is stopped: start it first.' : ''}
      </p>
      {order.error === null ? null : <ErrorPanel error={order.error} />}
    </Confirm>
  )
}

const ask = async (client: Client, name: string, body: Wish, key?: string): Promise<Backfill> =>
  (
    await client.POST('/v1/streams/{id}/backfill', {
      params: { path: { id: name }, header: key === undefined ? {} : { 'idempotency-key': key } },
      body,
    })
  ).data

const ways = [
  ['time', 'A stretch of time'],
  ['cursor', 'All there is behind a cursor'],
] as const

interface FieldsProps {
  readonly draft: Draft
  readonly onDraft: (draft: Draft) => void
}

function Fields({ draft, onDraft }: FieldsProps) {
  const set = (change: Partial<Draft>) => onDraft({ ...draft, ...change })
  const cursor = useId()
  return (
    <>
      <Ways legend="What is fetched again" name="by" ways={ways} value={draft.by} onWay={(by) => set({ by })} />
      {draft.by === 'time' ? (
        <div className="filters">
          <TimeField label="From" value={draft.since} onChange={(since) => set({ since })} />
          <TimeField label="until" value={draft.until} onChange={(until) => set({ until })} />
          <select
            className="select"
            aria-label="In how many runs"
            value={draft.window}
            onChange={({ target }) => set({ window: target.value })}
          >
            {parts.map(([ms, label]) => (
              <option key={ms} value={ms}>
                {label}
              </option>
            ))}
          </select>
        </div>
      ) : (
        <>
          <label htmlFor={cursor} className="small">
            Cursor to begin with, as JSON; null begins anew
          </label>
          <textarea
            id={cursor}
            className="textarea mono"
            rows={6}
            spellCheck={false}
            value={draft.cursor}
            onChange={({ target }) => set({ cursor: target.value })}
          />
        </>
      )}
    </>
  )
}

function Plan({ plan: { runs, bounded } }: { readonly plan: Backfill }) {
  const [first] = runs
  const last = runs.at(-1)
  return (
    <>
      <p role="status">
        <strong>{plural(runs.length, 'run')}</strong>
        {first?.since && last?.until ? `, from ${exactTime(first.since)} to ${exactTime(last.until)}.` : ', from the cursor to the newest.'}
        {first?.since && !bounded ? ' The source cannot be asked for an end: it is fetched up to the newest.' : ''}
      </p>
      <details className="small">
        <summary>The cursor {runs.length > 1 ? 'of the first run' : 'it begins with'}</summary>
        <JsonView value={first?.cursor ?? null} name="First cursor" depth={3} />
      </details>
    </>
  )
}
