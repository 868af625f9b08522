import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Budget, BudgetConfig } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { useTell } from '../../app/toasts.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { NumberField } from '../../parts/number-field.tsx'

interface BudgetEditProps {
  readonly budget: Budget
  readonly name: string
}

/** Limits of a budget that has a name: set for all streams that take from it, or given back to what those state. */
export function BudgetEdit({ budget, name }: BudgetEditProps) {
  const [open, setOpen] = useState(false)
  return (
    <p className="acts">
      <button className="button small" type="button" onClick={() => setOpen(true)}>
        Change the limits
      </button>
      {budget.configured ? <Forget name={name} /> : <span className="muted small">as the streams state them</span>}
      {open ? <Limits budget={budget} name={name} onClose={() => setOpen(false)} /> : null}
    </p>
  )
}

interface LimitRowProps {
  readonly row: Row
  /** Its number, from 1. */
  readonly place: number
  readonly onRow: (change: Partial<Row>) => void
}

function LimitRow({ row, place, onRow }: LimitRowProps) {
  const field = (name: keyof Row) => ({
    className: 'input',
    type: 'number',
    'aria-label': `Limit ${place}, ${name}`,
    value: row[name],
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onRow({ [name]: target.value }),
  })
  return (
    <div className="side-by-side">
      <input min={1} {...field('requests')} />
      requests in
      <input min={0.001} step="any" {...field('seconds')} />
      seconds
    </div>
  )
}

interface Row {
  readonly requests: string
  readonly seconds: string
}

function Limits({ budget, name, onClose }: BudgetEditProps & { readonly onClose: () => void }) {
  const client = useClient()
  const cache = useQueryClient()
  const tell = useTell()
  const [rows, setRows] = useState<readonly Row[]>(() => [
    ...budget.policies.map(({ requests, perMs }) => ({ requests: String(requests), seconds: String(perMs / 1000) })),
    { requests: '', seconds: '' },
  ])
  const [atOnce, setAtOnce] = useState(budget.concurrency === null ? '' : String(budget.concurrency))
  const config = configOf(rows, atOnce)
  const save = useMutation({
    mutationFn: () => client.PUT('/v1/budgets/{name}', { params: { path: { name } }, body: config }),
    onSuccess: () => {
      tell(`The budget ${name} is changed`, 'In force within a moment, also for runs under way.')
      void cache.invalidateQueries({ queryKey: ['budgets'] })
      onClose()
    },
  })
  const set = (index: number, change: Partial<Row>) => setRows(rows.map((row, at) => (at === index ? { ...row, ...change } : row)))
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Limits of the budget ${name}`}
      act="Set the limits"
      harmful={false}
      ready={Object.keys(config).length > 0}
      busy={save.isPending}
      onAct={() => save.mutate()}
    >
      <p>They hold for all streams that take from it, in place of what those state. What was sent before counts.</p>
      {rows.map((row, index) => (
        <LimitRow key={index} row={row} place={index + 1} onRow={(change) => set(index, change)} />
      ))}
      <div className="small-form">
        <NumberField label="Requests at once" max={1000} value={atOnce} onValue={setAtOnce} />
      </div>
      {save.error === null ? null : <ErrorPanel error={save.error} />}
    </Confirm>
  )
}

function configOf(rows: readonly Row[], atOnce: string): BudgetConfig {
  const policies = rows
    .filter(({ requests, seconds }) => Number(requests) > 0 && Number(seconds) > 0)
    .map(({ requests, seconds }) => ({ requests: Number(requests), perMs: Math.round(Number(seconds) * 1000) }))
  return { ...(policies.length === 0 ? {} : { policies }), ...(Number(atOnce) > 0 ? { concurrency: Number(atOnce) } : {}) }
}

function Forget({ name }: { readonly name: string }) {
  const client = useClient()
  const cache = useQueryClient()
  const tell = useTell()
  const [asked, setAsked] = useState(false)
  const forget = useMutation({
    mutationFn: () => client.DELETE('/v1/budgets/{name}', { params: { path: { name } } }),
    onSuccess: () => {
      tell(`The limits of ${name} are those that its streams state`)
      void cache.invalidateQueries({ queryKey: ['budgets'] })
      setAsked(false)
    },
  })
  return (
    <>
      <button className="button quiet small" type="button" onClick={() => setAsked(true)}>
        Give the limits back
      </button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`Forget the limits of ${name}?`}
        act="Forget"
        busy={forget.isPending}
        onAct={() => forget.mutate()}
      >
        <p>What streams state holds again. What the source said is forgotten as well, a block above all.</p>
        {forget.error === null ? null : <ErrorPanel error={forget.error} />}
      </Confirm>
    </>
  )
}
