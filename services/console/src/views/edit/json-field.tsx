import { useEffect, useId, useState } from 'react'
import { FieldText } from './field-text.tsx'
import type { FieldProps } from './schema-field.tsx'

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
  const [text, setText] = useState(() => written(value))
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    // Changed from elsewhere, the form beside it for example: what is typed here is not torn away.
    setText((old) => (sameJson(old, value) ? old : written(value)))
    setProblem(undefined)
  }, [value])
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
          setText(target.value)
          try {
            const parsed = JSON.parse(target.value) as unknown
            setProblem(undefined)
            onChange(parsed)
          } catch (error) {
            setProblem(error instanceof Error ? error.message : String(error))
          }
        }}
      />
      <p className="field-problem small" role="status">
        {problem}
      </p>
    </>
  )
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value ?? null)
  } catch {
    return false
  }
}
