import { type ReactNode, useId } from 'react'

interface PanelProps {
  readonly title: string
  readonly beside?: ReactNode
  readonly children: ReactNode
  readonly flush?: boolean
}

/** A part of a view with a heading. `flush` lets what is in it reach its edges: tables, mostly. */
export function Panel({ title, beside, children, flush = false }: PanelProps) {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id} data-flush={flush}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {beside}
      </div>
      <div className="panel-body">{children}</div>
    </section>
  )
}

interface FactsProps {
  readonly facts: readonly (readonly [string, ReactNode])[]
}

/** Names and what they are; a fact that is undefined is left out. */
export function Facts({ facts }: FactsProps) {
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

/** What stands where nothing is: what it would be, and what to do to have it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      <div className="muted">{children}</div>
    </div>
  )
}
