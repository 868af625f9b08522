import type { WholeSchema, WholeSchemas } from './schema-file.ts'

/** A change of deployed schemas. */
export interface SchemaChange {
  readonly documentType: string
  /** Empty: the document type itself. */
  readonly field: string
  /** In words that follow the name. */
  readonly problem: string
  /** Vespa refuses to deploy it; else it is only to be known. */
  readonly refused: boolean
}

/**
 * What the deployment of schemas would change of those that are deployed, as far as Vespa refuses it or documents lose something. Vespa refuses to change the type of
 * a field, to change how text that is in an index is found, and to remove a document type: documents would be lost, or not be found by what they hold. Our own: a type that
 * no longer inherits `weaver` takes no document any more.
 */
export function schemaChanges(deployed: WholeSchemas, next: WholeSchemas): readonly SchemaChange[] {
  return [...deployed].flatMap(([documentType, before]): readonly SchemaChange[] => {
    const after = next.get(documentType)
    if (after === undefined) return [{ documentType, field: '', problem: 'is removed, and all its documents with it', refused: true }]
    const orphaned = before.inherits.includes('weaver') && !after.inherits.includes('weaver')
    const own = orphaned
      ? [{ documentType, field: '', problem: 'does not inherit weaver any more: it takes no documents of Data Weaver', refused: true }]
      : []
    return [...own, ...fieldChanges(documentType, before, after)]
  })
}

function fieldChanges(documentType: string, before: WholeSchema, after: WholeSchema): readonly SchemaChange[] {
  return [...before.fields].flatMap(([field, was]): readonly SchemaChange[] => {
    const is = after.fields.get(field)
    if (is === undefined) {
      // What every document has goes with `inherits weaver`, of which is told above.
      if (field.startsWith('weaver_')) return []
      return [{ documentType, field, problem: 'is removed: what documents have in it is lost', refused: false }]
    }
    if (is !== was) return [{ documentType, field, problem: `is ${was} and becomes ${is}`, refused: true }]
    const [indexed, willBe] = [before.indexing.get(field) ?? '', after.indexing.get(field) ?? '']
    // A tensor's index is only a way to search it faster.
    if (indexed === willBe || is.startsWith('tensor')) return []
    return [{ documentType, field, problem: `is found by ${named(indexed)} and would be by ${named(willBe)}`, refused: true }]
  })
}

const named = (indexing: string): string => (indexing === '' ? 'no index' : `“${indexing}”`)
