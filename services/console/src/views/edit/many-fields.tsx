import { Prose } from '../../parts/prose.tsx'
import { type ComponentType, useId, useState } from 'react'
import { Problem } from './field-text.tsx'
import { blank, mapValue } from './schema.ts'
import type { FieldProps } from './field-props.ts'

interface ManyProps extends FieldProps {
  /** Edits one entry, whatever its schema. */
  readonly Entry: ComponentType<FieldProps>
}

/** A list: each entry a field of its own. */
export function ListField({ schema, value, onChange, path, label, required = false, Entry }: ManyProps) {
  const entries = Array.isArray(value) ? (value as readonly unknown[]) : []
  const items = schema.items ?? {}
  return (
    <fieldset className="group">
      <legend>
        {label}
        {required ? null : <span className="muted small"> optional</span>}
      </legend>
      {schema.description === undefined ? null : (
        <p className="muted small">
          <Prose text={schema.description} />
        </p>
      )}
      <Problem path={path} />
      {entries.map((entry, index) => (
        <div key={index} className="with-removal">
          <Entry
            schema={items}
            value={entry}
            path={`${path}.${index}`}
            label={`${label} ${index + 1}`}
            required
            onChange={(changed) => onChange(entries.with(index, changed))}
          />
          <button
            className="button quiet small"
            type="button"
            aria-label={`Remove ${label} ${index + 1}`}
            onClick={() => onChange(entries.toSpliced(index, 1))}
          >
            ✕
          </button>
        </div>
      ))}
      <div className="additions">
        <button className="button small" type="button" onClick={() => onChange([...entries, blank(items)])}>
          + entry
        </button>
      </div>
    </fieldset>
  )
}

/** An object whose keys are free. */
export function MapField({ schema, value, onChange, path, label, required = false, Entry }: ManyProps) {
  const id = useId()
  const [name, setName] = useState('')
  const held = (value ?? {}) as Readonly<Record<string, unknown>>
  const values = mapValue(schema) ?? {}
  const add = () => {
    if (name === '' || name in held) return
    onChange({ ...held, [name]: blank(values) })
    setName('')
  }
  return (
    <fieldset className="group">
      <legend>
        {label}
        {required ? null : <span className="muted small"> optional</span>}
      </legend>
      {schema.description === undefined ? null : (
        <p className="muted small">
          <Prose text={schema.description} />
        </p>
      )}
      <Problem path={path} />
      {Object.entries(held).map(([key, one]) => (
        <div key={key} className="with-removal">
          <Entry
            schema={values}
            value={one}
            path={`${path}.${key}`}
            label={key}
            required
            onChange={(changed) => onChange({ ...held, [key]: changed })}
          />
          <button
            className="button quiet small"
            type="button"
            aria-label={`Remove ${key}`}
            onClick={() => onChange(Object.fromEntries(Object.entries(held).filter(([other]) => other !== key)))}
          >
            ✕
          </button>
        </div>
      ))}
      <div className="additions">
        <label htmlFor={id} className="hidden-text">
          Name of a new entry of {label}
        </label>
        <input
          id={id}
          className="input"
          placeholder="name"
          value={name}
          onChange={({ target }) => setName(target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            add()
          }}
        />
        <button className="button small" type="button" onClick={add}>
          + entry
        </button>
      </div>
    </fieldset>
  )
}
