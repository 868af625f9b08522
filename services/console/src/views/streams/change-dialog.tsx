import { useId, useState } from 'react'
import { order, previewOf } from '../../api/acts.ts'
import type { BulkChange, StreamFilter } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { touched } from '../../parts/act-dialog.tsx'
import { OrderDialog } from '../../parts/order-dialog.tsx'

interface ChangeDialogProps {
  readonly filter: StreamFilter
  readonly what: string
  readonly onClose: () => void
  readonly onDone: () => void
}

type Written = Readonly<Partial<Record<'every' | 'timeout' | 'pool' | 'overlap' | 'freshWithin', string>>>

const numbers = [
  ['every', 'Interval, seconds'],
  ['timeout', 'Timeout of a run, seconds'],
  ['freshWithin', 'Data are fresh within, seconds'],
] as const

/** Sets the same on many streams: each gets a new version. What is left empty stays as it is in each. */
export function ChangeDialog({ filter, what, onClose, onDone }: ChangeDialogProps) {
  const client = useClient()
  const id = useId()
  const [written, setWritten] = useState<Written>({})
  const change = changeOf(written)
  const field = (name: keyof Written) => ({
    id: `${id}-${name}`,
    value: written[name] ?? '',
    onChange: ({ target }: { readonly target: { readonly value: string } }) => setWritten({ ...written, [name]: target.value }),
  })
  return (
    <OrderDialog
      title={`Change: ${what}`}
      act="Change"
      ready={Object.keys(change).length > 0}
      about={filter}
      preview={(signal) =>
        previewOf(client, { action: 'change', filter, change: Object.keys(change).length > 0 ? change : { pool: 'default' } }, signal)
      }
      effect={touched}
      order={(key) => order(client, { action: 'change', filter, change }, key)}
      onClose={onClose}
      onDone={onDone}
    >
      <p>
        Each gets a new version, in force from the end of its current interval. What is left empty stays as it is; a version on trial is
        left alone.
      </p>
      <div className="small-form">
        {numbers.map(([name, label]) => (
          <label key={name} htmlFor={`${id}-${name}`}>
            {label}
            <input className="input" type="number" min={1} step="any" {...field(name)} />
          </label>
        ))}
        <label htmlFor={`${id}-pool`}>
          Pool of workers
          <input className="input" maxLength={32} {...field('pool')} />
        </label>
        <label htmlFor={`${id}-overlap`}>
          A tick that comes too early
          <select className="select" {...field('overlap')}>
            <option value="">as it is</option>
            <option value="skip">is skipped</option>
            <option value="buffer">waits</option>
            <option value="interruptRunning">interrupts the run</option>
            <option value="allow">runs beside it</option>
          </select>
        </label>
      </div>
    </OrderDialog>
  )
}

function changeOf({ every, timeout, pool, overlap, freshWithin }: Written): BulkChange {
  const ms = (seconds: string) => Math.round(Number(seconds) * 1000)
  return {
    ...(every ? { schedule: { every: ms(every) } } : {}),
    ...(timeout ? { timeout: ms(timeout) } : {}),
    ...(freshWithin ? { freshWithin: ms(freshWithin) } : {}),
    ...(pool ? { pool } : {}),
    ...(overlap ? { overlap: overlap as NonNullable<BulkChange['overlap']> } : {}),
  }
}
