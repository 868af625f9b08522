import { Prose } from '../../parts/prose.tsx'
import { type ReactNode, useId } from 'react'
import { FieldText, Problem, useProblem } from './field-text.tsx'
import { ListField, MapField } from './many-fields.tsx'
import { JsonField } from './json-field.tsx'
import { ScalarField } from './scalar-field.tsx'
import { alternativeOf, alternatives, blank, isRequired, kindOf, propertiesOf, type Schema, textOf } from './schema.ts'
import { withKey } from './draft.ts'
import type { FieldProps } from './field-props.ts'

/** One field of a form made from a JSON Schema. */
export function SchemaField(props: FieldProps): ReactNode {
  switch (kindOf(props.schema)) {
    case 'constant':
      return null
    case 'object':
      return <ObjectField {...props} />
    case 'union':
      return <UnionField {...props} />
    case 'list':
      return <ListField {...props} Entry={SchemaField} />
    case 'map':
      return <MapField {...props} Entry={SchemaField} />
    case 'json':
      return <JsonField {...props} />
    default:
      return <ScalarField {...props} />
  }
}

/** A group of fields. Optional ones that are not set wait behind “add”. */
function ObjectField({ schema, value, onChange, path, label, required = false }: FieldProps) {
  const held = (value ?? {}) as Readonly<Record<string, unknown>>
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
      <Properties schema={schema} held={held} path={path} onChange={onChange} />
    </fieldset>
  )
}

interface PropertiesProps {
  readonly schema: Schema
  readonly held: Readonly<Record<string, unknown>>
  readonly path: string
  readonly onChange: (value: unknown) => void
}

export function Properties({ schema, held, path, onChange }: PropertiesProps) {
  const problemAt = useProblem()
  const all = propertiesOf(schema)
  const shown = all.filter(([name]) => name in held || isRequired(schema, name) || problemAt(`${path}.${name}`) !== undefined)
  const more = all.filter((one) => !shown.includes(one) && kindOf(one[1]) !== 'constant')
  return (
    <>
      {shown.map(([name, property]) => (
        <div key={name} className="with-removal">
          <SchemaField
            schema={property}
            value={held[name]}
            path={`${path}.${name}`}
            label={property.title ?? name}
            required={isRequired(schema, name)}
            onChange={(child) => onChange(withKey(held, name, child))}
          />
          {isRequired(schema, name) ? null : (
            <button
              className="button quiet small"
              type="button"
              aria-label={`Remove ${name}`}
              onClick={() => onChange(withKey(held, name, undefined))}
            >
              ✕
            </button>
          )}
        </div>
      ))}
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

/** One of several shapes: choose which, then fill it in. */
function UnionField({ schema, value, onChange, path, label, required = false }: FieldProps) {
  const id = useId()
  const all = alternatives(schema)
  const at = alternativeOf(schema, value)
  const chosen = all[at] ?? {}
  return (
    <div className="group">
      <label htmlFor={id} className="field-label">
        {label}
        {required ? null : <span className="muted small"> optional</span>}
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
        <Properties schema={chosen} held={(value ?? {}) as Readonly<Record<string, unknown>>} path={path} onChange={onChange} />
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
