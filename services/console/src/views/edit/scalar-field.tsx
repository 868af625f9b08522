import { useId } from 'react'
import { FieldName } from './field-group.tsx'
import { FieldText } from './field-text.tsx'
import { choicesOf, kindOf, textOf } from './schema.ts'
import type { FieldProps } from './field-props.ts'

/** A text, a number, a choice, or yes and no. */
export function ScalarField({ schema, value, onChange, path, label, required = false }: FieldProps) {
  const id = useId()
  const about = `${id}-about`
  const kind = kindOf(schema)
  if (kind === 'boolean') {
    return (
      <div className="field">
        <label className="field-check">
          <input type="checkbox" checked={value === true} aria-describedby={about} onChange={({ target }) => onChange(target.checked)} />{' '}
          {label}
        </label>
        <FieldText schema={schema} path={path} id={about} />
      </div>
    )
  }
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        <FieldName label={label} required={required} />
      </label>
      {kind === 'choice' ? (
        <Choice id={id} about={about} choices={choicesOf(schema) ?? []} value={value} onChange={onChange} />
      ) : (
        <input
          id={id}
          className="input"
          type={kind === 'text' ? 'text' : 'number'}
          aria-describedby={about}
          required={required}
          {...(kind === 'text' ? {} : { step: kind === 'integer' ? 1 : 'any', min: schema.minimum, max: schema.maximum })}
          placeholder={textOf(schema.examples?.[0])}
          spellCheck={false}
          value={textOf(value)}
          onChange={({ target }) => onChange(kind === 'text' ? target.value : target.value === '' ? undefined : Number(target.value))}
        />
      )}
      <FieldText schema={schema} path={path} id={about} />
    </div>
  )
}

interface ChoiceProps {
  readonly id: string
  readonly about: string
  readonly choices: readonly unknown[]
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

function Choice({ id, about, choices, value, onChange }: ChoiceProps) {
  return (
    <select
      id={id}
      className="select"
      aria-describedby={about}
      value={choices.indexOf(value)}
      onChange={({ target }) => onChange(choices[Number(target.value)])}
    >
      {choices.includes(value) ? null : <option value={-1}>choose</option>}
      {choices.map((choice, index) => (
        <option key={String(choice)} value={index}>
          {String(choice)}
        </option>
      ))}
    </select>
  )
}
