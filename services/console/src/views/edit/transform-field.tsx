import { useId, useState } from 'react'
import { Problem } from './field-text.tsx'
import { JsonText } from './json-field.tsx'

interface TransformFieldProps {
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

type Fields = Readonly<Record<string, unknown>>

/** What becomes of a record: the record as it is, or chosen fields by their paths. */
export function TransformField({ value, onChange }: TransformFieldProps) {
  const chosen = value !== null && value !== undefined
  const fields = chosen ? ((value as { fields?: Fields }).fields ?? {}) : {}
  return (
    <fieldset className="group">
      <legend>Document</legend>
      <label className="field-check">
        <input type="radio" checked={!chosen} onChange={() => onChange(null)} /> The record as it is
      </label>
      <label className="field-check">
        <input type="radio" checked={chosen} onChange={() => onChange({ fields: { name: 'name' } })} /> Chosen fields
      </label>
      <Problem path="transform" />
      {chosen ? <FieldRows fields={fields} onChange={(next) => onChange({ fields: next })} /> : null}
    </fieldset>
  )
}

function FieldRows({ fields, onChange }: { readonly fields: Fields; readonly onChange: (fields: Fields) => void }) {
  const [name, setName] = useState('')
  const id = useId()
  const add = () => {
    if (name === '' || name in fields) return
    onChange({ ...fields, [name]: name })
    setName('')
  }
  return (
    <>
      {Object.entries(fields).map(([field, from]) => (
        <div key={field} className="mapping">
          <span className="mono">{field}</span>
          {typeof from === 'string' ? (
            <input
              className="input mono"
              aria-label={`Path of ${field} in the record`}
              value={from}
              onChange={({ target }) => onChange({ ...fields, [field]: target.value })}
            />
          ) : (
            <div>
              <label htmlFor={`${id}-${field}`} className="hidden-text">
                Mapping of {field}, as JSON
              </label>
              <JsonText id={`${id}-${field}`} value={from} rows={2} onChange={(next) => onChange({ ...fields, [field]: next })} />
            </div>
          )}
          <button
            className="button quiet small"
            type="button"
            aria-label={`Remove ${field}`}
            onClick={() => onChange(Object.fromEntries(Object.entries(fields).filter(([other]) => other !== field)))}
          >
            ✕
          </button>
          <Problem path={`transform.fields.${field}`} />
        </div>
      ))}
      <div className="additions">
        <input
          className="input mono"
          placeholder="field"
          aria-label="Name of a new field"
          value={name}
          onChange={({ target }) => setName(target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            add()
          }}
        />
        <button className="button small" type="button" onClick={add}>
          + field
        </button>
      </div>
    </>
  )
}
