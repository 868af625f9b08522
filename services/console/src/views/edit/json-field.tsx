import { useId, useState } from 'react'
import { FieldText } from './field-text.tsx'
import type { FieldProps } from './field-props.ts'

const written = (value: unknown): string => JSON.stringify(value ?? null, undefined, 2)

/** A value that has no form of its own, as JSON. */
export function JsonField({ schema, value, onChange, path, label }: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        {label} <span className="muted small">JSON</span>
      </label>
      <JsonText id={id} value={value} onChange={onChange} rows={5} />
      <FieldText schema={schema} path={path} />
    </div>
  )
}

interface JsonTextProps {
  readonly id: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly rows: number
}

/** JSON as text. What is no JSON yet stays in the field and is said; what is, is passed on. */
export function JsonText({ id, value, onChange, rows }: JsonTextProps) {
  // What is typed stands as long as it means the value, or no JSON at all. A change from elsewhere, the form beside it, replaces it.
  const [typed, setTyped] = useState<{ readonly text: string; readonly problem?: string; readonly over: string }>()
  const current = JSON.stringify(value ?? null)
  const holds = typed !== undefined && (typed.problem === undefined ? sameJson(typed.text, current) : typed.over === current)
  const text = holds ? typed.text : written(value)
  const problem = holds ? typed.problem : undefined
  return (
    <>
      <textarea
        id={id}
        className="textarea mono"
        rows={rows}
        spellCheck={false}
        aria-invalid={problem !== undefined}
        value={text}
        onChange={({ target }) => {
          try {
            const parsed = JSON.parse(target.value) as unknown
            setTyped({ text: target.value, over: current })
            onChange(parsed)
          } catch (error) {
            setTyped({ text: target.value, over: current, problem: error instanceof Error ? error.message : String(error) })
          }
        }}
      />
      <p className="field-problem small" role="status">
        {problem}
      </p>
    </>
  )
}

const sameJson = (text: string, current: string): boolean => JSON.stringify(JSON.parse(text)) === current
