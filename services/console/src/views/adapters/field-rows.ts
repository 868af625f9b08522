import { alternatives, isRequired, propertiesOf, type Schema, typeText } from '../edit/schema.ts'

export interface FieldRow {
  /** Dotted; `[]` for the items of a list. */
  readonly path: string
  readonly takes: string
  readonly meaning: string
  readonly required: boolean
}

/** Levels below the top that are told. */
const deepest = 4

/** The fields of a schema as lines of a table. Fields that several alternatives share stand once. */
export function fieldRows(schema: Schema, above = '', depth = 0): readonly FieldRow[] {
  if (depth > deepest) return []
  const rows = alternatives(schema).flatMap((one) =>
    propertiesOf(one).flatMap(([name, property]): readonly FieldRow[] => {
      const path = above === '' ? name : `${above}.${name}`
      const row = { path, takes: typeText(property), meaning: property.description ?? '', required: isRequired(one, name) }
      const items = property.items === undefined ? [] : fieldRows(property.items, `${path}[]`, depth + 1)
      return [row, ...fieldRows(property, path, depth + 1), ...items]
    }),
  )
  return [...new Map(rows.map((row) => [`${row.path} ${row.takes}`, row])).values()]
}
