import type { ReactNode } from 'react'
import type { FieldProps } from './field-props.ts'
import { FieldText } from './field-text.tsx'

type NameProps = Pick<FieldProps, 'label' | 'required'>

/** The name of a field, and whether it may be left out. */
export function FieldName({ label, required = false }: NameProps) {
  return (
    <>
      {label}
      {required ? null : <span className="muted small"> optional</span>}
    </>
  )
}

type GroupProps = Pick<FieldProps, 'schema' | 'path'> & NameProps & { readonly children: ReactNode }

/** Fields that belong together: what they are, what is wrong with them as a whole, and each of them. */
export function FieldGroup({ schema, path, children, ...name }: GroupProps) {
  return (
    <fieldset className="group">
      <legend>
        <FieldName {...name} />
      </legend>
      <FieldText schema={schema} path={path} />
      {children}
    </fieldset>
  )
}

interface RemovableProps {
  /** What is taken away, for screen readers. */
  readonly name: string
  /** Undefined: it must stay. */
  readonly onRemove: (() => void) | undefined
  readonly children: ReactNode
}

/** A field that can be taken away again. */
export function Removable({ name, onRemove, children }: RemovableProps) {
  return (
    <div className="with-removal">
      {children}
      {onRemove === undefined ? null : (
        <button className="button quiet small" type="button" aria-label={`Remove ${name}`} onClick={onRemove}>
          ✕
        </button>
      )}
    </div>
  )
}
