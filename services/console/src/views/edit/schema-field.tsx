import { type ReactNode, useId, useState } from 'react'
import { withKey } from './draft.ts'
import { FieldGroup, FieldName, Removable } from './field-group.tsx'
import type { FieldProps } from './field-props.ts'
import { FieldText, useProblem } from './field-text.tsx'
import { JsonField } from './json-field.tsx'
import { ScalarField } from './scalar-field.tsx'
import { alternativeOf, alternatives, blank, isRequired, kindOf, mapValue, propertiesOf, type Schema, textOf } from './schema.ts'

/** One field of a form made from a JSON Schema. */
export function SchemaField(props: FieldProps): ReactNode {
  switch (kindOf(props.schema)) {
    case 'constant':
      return null
    case 'object':
      return (
        <FieldGroup {...props}>
          <Properties {...props} held={heldIn(props.value)} />
        </FieldGroup>
      )
    case 'union':
      return <UnionField {...props} />
    case 'list':
      return <ListField {...props} />
    case 'map':
      return <MapField {...props} />
    case 'json':
      return <JsonField {...props} />
    default:
      return <ScalarField {...props} />
  }
}

type Held = Readonly<Record<string, unknown>>
const heldIn = (value: unknown): Held => (value ?? {}) as Held

interface PropertiesProps extends Pick<FieldProps, 'schema' | 'path' | 'onChange'> {
  readonly held: Held
}

/** The fields of an object. Optional ones that are not set wait behind “add”. */
export function Properties({ schema, held, path, onChange }: PropertiesProps) {
  const problemAt = useProblem()
  const all = propertiesOf(schema)
  const shown = all.filter(([name]) => name in held || isRequired(schema, name) || problemAt(`${path}.${name}`) !== undefined)
  const more = all.filter((one) => !shown.includes(one) && kindOf(one[1]) !== 'constant')
  return (
    <>
      {shown.map(([name, property]) => {
        const required = isRequired(schema, name)
        return (
          <Removable key={name} name={name} onRemove={required ? undefined : () => onChange(withKey(held, name, undefined))}>
            <SchemaField
              schema={property}
              value={held[name]}
              path={`${path}.${name}`}
              label={property.title ?? name}
              required={required}
              onChange={(child) => onChange(withKey(held, name, child))}
            />
          </Removable>
        )
      })}
      {more.length === 0 ? null : (
        <div className="additions">
          {more.map(([name, property]) => (
            <button
              key={name}
              className="button small"
              type="button"
              title={property.description}
              onClick={() => onChange(withKey(held, name, blank(property)))}
            >
              + {name}
            </button>
          ))}
        </div>
      )}
    </>
  )
}

/** A list: each entry a field of its own. */
function ListField(props: FieldProps) {
  const { schema, value, onChange, path, label } = props
  const entries = Array.isArray(value) ? (value as readonly unknown[]) : []
  const items = schema.items ?? {}
  return (
    <FieldGroup {...props}>
      {entries.map((entry, index) => {
        const name = `${label} ${index + 1}`
        return (
          <Removable key={index} name={name} onRemove={() => onChange(entries.toSpliced(index, 1))}>
            <SchemaField
              schema={items}
              value={entry}
              path={`${path}.${index}`}
              label={name}
              required
              onChange={(changed) => onChange(entries.with(index, changed))}
            />
          </Removable>
        )
      })}
      <div className="additions">
        <button className="button small" type="button" onClick={() => onChange([...entries, blank(items)])}>
          + entry
        </button>
      </div>
    </FieldGroup>
  )
}

/** An object whose keys are free. */
function MapField(props: FieldProps) {
  const { schema, value, onChange, path, label } = props
  const held = heldIn(value)
  const values = mapValue(schema) ?? {}
  return (
    <FieldGroup {...props}>
      {Object.entries(held).map(([key, one]) => (
        <Removable key={key} name={key} onRemove={() => onChange(withKey(held, key, undefined))}>
          <SchemaField
            schema={values}
            value={one}
            path={`${path}.${key}`}
            label={key}
            required
            onChange={(changed) => onChange({ ...held, [key]: changed })}
          />
        </Removable>
      ))}
      <NewKey label={label} onAdd={(name) => (name in held ? undefined : onChange(withKey(held, name, blank(values))))} />
    </FieldGroup>
  )
}

/** Asks for the key of an entry before there is one. */
function NewKey({ label, onAdd }: { readonly label: string; readonly onAdd: (name: string) => void }) {
  const id = useId()
  const [name, setName] = useState('')
  const add = () => {
    if (name === '') return
    onAdd(name)
    setName('')
  }
  return (
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
  )
}

/** One of several shapes: choose which, then fill it in. */
function UnionField({ schema, value, onChange, path, label, required = false }: FieldProps) {
  const id = useId()
  const all = alternatives(schema)
  const at = alternativeOf(schema, value)
  const chosen = all[at] ?? {}
  return (
    <div className="group">
      <label htmlFor={id} className="field-label">
        <FieldName label={label} required={required} />
      </label>
      <select id={id} className="select" value={at} onChange={({ target }) => onChange(blank(all[Number(target.value)] ?? {}))}>
        {all.map((one, index) => (
          <option key={nameOf(one, index)} value={index}>
            {nameOf(one, index)}
          </option>
        ))}
      </select>
      <FieldText schema={schema} path={path} />
      {kindOf(chosen) === 'object' ? (
        <Properties schema={chosen} held={heldIn(value)} path={path} onChange={onChange} />
      ) : (
        <SchemaField schema={chosen} value={value} onChange={onChange} path={path} label={`${label}, value`} required={required} />
      )}
    </div>
  )
}

/** What tells an alternative from the others: its constants, else its fields. */
function nameOf(schema: Schema, index: number): string {
  if (schema.title !== undefined) return schema.title
  if ('const' in schema) return schema.const === null ? 'none' : textOf(schema.const)
  if (schema.type === 'null') return 'none'
  const constants = propertiesOf(schema).flatMap(([, one]) => ('const' in one ? [String(one.const)] : []))
  if (constants.length > 0) return constants.join(', ')
  const names = propertiesOf(schema)
    .filter(([name]) => isRequired(schema, name))
    .map(([name]) => name)
  if (names.length > 0) return names.join(' and ')
  return typeof schema.type === 'string' ? schema.type : `form ${index + 1}`
}
