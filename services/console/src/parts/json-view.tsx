import { useState } from 'react'

/** Entries of one object or list that are shown before more are asked for. */
const most = 100
/** Longest text that is shown in full, characters. */
const longest = 400

interface JsonViewProps {
  readonly value: unknown
  /** What it is, for screen readers. */
  readonly name: string
  /** Levels that are open at first. */
  readonly depth?: number
  /** Opens the way to this place (keys from the top) and marks it. */
  readonly mark?: readonly (string | number)[]
}

/** JSON as a tree that opens and closes. */
export function JsonView({ value, name, depth = 2, mark }: JsonViewProps) {
  return (
    <div className="json" role="group" aria-label={name}>
      <Node value={value} depth={depth} mark={mark} />
    </div>
  )
}

interface NodeProps {
  readonly value: unknown
  readonly label?: string | undefined
  readonly depth: number
  /** What is left of the way to the mark; empty at the mark itself. */
  readonly mark?: readonly (string | number)[] | undefined
}

function Node({ value, label, depth, mark }: NodeProps) {
  const [shown, setShown] = useState(() => (typeof mark?.[0] === 'number' ? Math.max(most, mark[0] + 1) : most))
  const marked = mark?.length === 0
  const key = label === undefined ? null : <span className="json-key">{label}: </span>
  if (typeof value !== 'object' || value === null) {
    return (
      <div className="json-line" data-marked={marked}>
        {key}
        <Scalar value={value} />
      </div>
    )
  }
  const entries = Object.entries(value as Record<string, unknown>)
  const brackets = Array.isArray(value) ? '[]' : '{}'
  const summary = `${brackets[0]}${entries.length}${brackets[1]}`
  if (entries.length === 0) {
    return (
      <div className="json-line" data-marked={marked}>
        {key}
        {brackets}
      </div>
    )
  }
  return (
    <details open={depth > 0 || mark !== undefined} data-marked={marked}>
      <summary className="json-line">
        {key}
        <span className="muted">{summary}</span>
      </summary>
      <div className="json-children">
        {entries.slice(0, shown).map(([name, child]) => (
          <Node
            key={name}
            label={name}
            value={child}
            depth={marked ? 3 : depth - 1}
            mark={String(mark?.[0]) === name && !marked ? mark?.slice(1) : undefined}
          />
        ))}
        {entries.length > shown ? (
          <button className="button quiet small" type="button" onClick={() => setShown(shown + most * 5)}>
            {entries.length - shown} more
          </button>
        ) : null}
      </div>
    </details>
  )
}

function Scalar({ value }: { readonly value: unknown }) {
  const [full, setFull] = useState(false)
  const kind = value === null ? 'null' : typeof value
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  if (text.length <= longest || full) return <span data-kind={kind}>{text}</span>
  return (
    <>
      <span data-kind={kind}>{text.slice(0, longest)}…</span>{' '}
      <button className="button quiet small" type="button" onClick={() => setFull(true)}>
        all {text.length} characters
      </button>
    </>
  )
}
