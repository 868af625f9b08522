import type { Schema } from './schema.ts'

export interface FieldProps {
  readonly schema: Schema
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  /** Dotted, as errors of the API name it. */
  readonly path: string
  readonly label: string
  readonly required?: boolean
}
