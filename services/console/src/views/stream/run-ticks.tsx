import type { Client } from '@data-weaver/client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Stream, TickRuns } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { useWatch } from '../../app/operations.tsx'
import { plural } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { apiTime, fieldTime } from '../../parts/field-time.ts'
import { TimeField } from '../../parts/time-field.tsx'
import { exactTime } from '../../parts/time.tsx'
import type { TickWish } from './tick-wishes.ts'

interface RunTicksProps {
  readonly stream: Stream
  readonly wishes: readonly TickWish[]
  readonly onClose: () => void
  readonly onDone?: () => void
  readonly children?: ReactNode
}

/** Shows how many ticks would be run, counted by the server, and runs them. */
export function RunTicks({ stream, wishes, onClose, onDone, children }: RunTicksProps) {
  const client = useClient()
  const cache = useQueryClient()
  const watch = useWatch()
  const preview = useQuery({
    queryKey: ['preview', 'ticks', stream.name, wishes],
    queryFn: async () => sum(await Promise.all(wishes.map((wish) => ask(client, stream.name, { ...wish, dryRun: true })))),
    gcTime: 0,
  })
  const order = useMutation({
    // One after the other: they change the same account.
    mutationFn: async () => {
      for (const wish of wishes) {
        const { operation } = await ask(client, stream.name, wish)
        if (operation !== null) watch(operation)
      }
    },
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['stream', stream.name] })
      onClose()
      onDone?.()
    },
  })
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Run ticks of ${stream.name} after all`}
      act="Run them"
      harmful={false}
      busy={order.isPending}
      ready={(preview.data?.ticks ?? 0) > 0}
      onAct={() => order.mutate()}
    >
      {children}
      <Loaded read={preview}>{(answer) => <Preview answer={answer} />}</Loaded>
      <p>
        Each gets one run with its nominal time, by the version that is current and from the present cursor.
        {stream.desired === 'paused' ? ' They wait until the stream is resumed.' : ''}
        {stream.desired === 'stopped' ? ' The stream is stopped: start it first.' : ''}
      </p>
      {order.error === null ? null : <ErrorPanel error={order.error} />}
    </Confirm>
  )
}

function Preview({ answer: { ticks, already, more, first, last } }: { readonly answer: TickRuns }) {
  return (
    <p role="status">
      {first === null || last === null ? (
        'Nothing is to be run.'
      ) : (
        <>
          Runs <strong>{plural(ticks, 'tick')}</strong>, from {exactTime(first)} to {exactTime(last)}.
        </>
      )}
      {already === 0 ? '' : ` ${plural(already, 'tick')} of them ran already.`}
      {more ? ' There are more: run the rest afterwards.' : ''}
    </p>
  )
}

const ask = async (client: Client, name: string, body: TickWish): Promise<TickRuns> =>
  (await client.POST('/v1/streams/{id}/ticks/run', { params: { path: { id: name } }, body })).data

function sum(answers: readonly TickRuns[]): TickRuns {
  const times = answers.flatMap(({ first, last }) => [first, last]).filter((time) => time !== null)
  const ordered = times.toSorted()
  return {
    ticks: answers.reduce((total, { ticks }) => total + ticks, 0),
    already: answers.reduce((total, { already }) => total + already, 0),
    more: answers.some(({ more }) => more),
    first: ordered[0] ?? null,
    last: ordered.at(-1) ?? null,
    operation: null,
  }
}

interface RunWindowProps {
  readonly stream: Stream
  /** The window to begin with, ISO 8601. */
  readonly since: string
  readonly until: string
  readonly onClose: () => void
}

/** The same for all missed ticks of a stretch of time that is chosen here. */
export function RunWindow({ stream, since, until, onClose }: RunWindowProps) {
  const [from, setFrom] = useState(() => fieldTime(Date.parse(since)))
  const [to, setTo] = useState(() => fieldTime(Date.parse(until)))
  const [skipped, setSkipped] = useState(false)
  const [first, last] = [apiTime(from), apiTime(to)]
  const wishes: readonly TickWish[] =
    first === undefined || last === undefined
      ? []
      : [{ since: first, until: last, outcomes: skipped ? (['missed', 'skipped'] as const) : (['missed'] as const) }]
  return (
    <RunTicks stream={stream} wishes={wishes} onClose={onClose}>
      <div className="filters">
        <TimeField label="From" value={from} onChange={setFrom} />
        <TimeField label="until" value={to} onChange={setTo} />
      </div>
      <label>
        <input type="checkbox" checked={skipped} onChange={({ target }) => setSkipped(target.checked)} /> Also those that were skipped
      </label>
    </RunTicks>
  )
}
