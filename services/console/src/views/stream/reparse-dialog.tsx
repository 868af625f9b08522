import { useId, useState } from 'react'
import { orderReparse, previewOfReparse } from '../../api/acts.ts'
import type { ReparseWish, Stream } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { OrderDialog } from '../../parts/order-dialog.tsx'
import { readAgain } from '../../parts/redelivered.tsx'

/** Stored pages once more through the current version: which ones, and for which sinks. */
export function ReparseDialog({ stream, onClose }: { readonly stream: Stream; readonly onClose: () => void }) {
  const client = useClient()
  const id = useId()
  const [since, setSince] = useState('')
  const [until, setUntil] = useState('')
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set())
  const sinks = [...stream.sinks.keys()].filter((position) => !left.has(position))
  const wish: ReparseWish = {
    ...(since === '' ? {} : { since: new Date(since).toISOString() }),
    ...(until === '' ? {} : { until: new Date(until).toISOString() }),
    ...(left.size === 0 || sinks.length === 0 ? {} : { sinks }),
  }
  const toggle = (position: number) => {
    const next = new Set(left)
    if (!next.delete(position)) next.add(position)
    setLeft(next)
  }
  return (
    <OrderDialog
      title={`Re-parse ${stream.name}`}
      act="Re-parse"
      ready={sinks.length > 0}
      about={wish}
      preview={(signal) => previewOfReparse(client, stream.name, wish, signal)}
      effect={readAgain}
      order={(key) => orderReparse(client, stream.name, wish, key)}
      onClose={onClose}
    >
      <p>
        Pages that are stored are read, transformed and delivered again by version {stream.version}. The source is not asked; newer data
        win, and documents that do not come about any more stay.
      </p>
      <div className="small-form">
        {(
          [
            ['since', 'Stored since', since, setSince],
            ['until', 'Stored until', until, setUntil],
          ] as const
        ).map(([name, label, value, set]) => (
          <label key={name} htmlFor={`${id}-${name}`}>
            {label}
            <input
              id={`${id}-${name}`}
              className="input"
              type="datetime-local"
              value={value}
              onChange={({ target }) => set(target.value)}
            />
          </label>
        ))}
      </div>
      {stream.sinks.length < 2 ? null : (
        <fieldset className="ways">
          <legend>To these sinks</legend>
          {stream.sinks.map(({ type }, position) => (
            <label key={position}>
              <input type="checkbox" checked={!left.has(position)} onChange={() => toggle(position)} /> {position}: {type}
            </label>
          ))}
        </fieldset>
      )}
    </OrderDialog>
  )
}
