import Type, { type Static } from 'typebox'
import { RunError } from './run.ts'

const strict = { additionalProperties: false } as const
const count = (description: string) => Type.Integer({ minimum: 0, description })
const timeOrNull = (description: string) => Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })

export const AuditRequest = Type.Object(
  {
    documentType: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
        description: 'Only this document type of Vespa.',
        examples: ['earthquake'],
      }),
    ),
    since: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'Only results that were committed from then on are read again. What Vespa has is looked at as a whole in any case.',
      }),
    ),
    repair: Type.Optional(Type.Boolean({ description: 'Delivers again what is missing, stale or altered.' })),
  },
  { ...strict, examples: [{ repair: true }] },
)
export type AuditRequest = Static<typeof AuditRequest>

export const auditFindings = ['missing', 'stale', 'altered', 'unknown'] as const
export type AuditFinding = (typeof auditFindings)[number]

export const AuditTarget = Type.Object({
  namespace: Type.String(),
  documentType: Type.String(),
  results: count('Results that were read.'),
  unreadable: count('Results whose stored page could not be read: of their documents nothing is said.'),
  expected: count('Documents that the results say should be there.'),
  found: count('Documents of ours that Vespa has; tombstones do not count.'),
  tombstones: count('Tombstones of deleted documents.'),
  collected: count('Tombstones that were removed: no older write of their documents can come any more.'),
  missing: count('Documents that should be there and are not.'),
  stale: count('Documents that are older there than they should be.'),
  altered: count('Documents whose contents somebody else changed.'),
  unknown: count('Documents that are there and that nobody knows: no result of the ledger, or not of what it says.'),
  foreign: count('Documents of the namespace that Data Weaver did not write.'),
  examples: Type.Array(
    Type.Object({
      finding: Type.Enum([...auditFindings]),
      id: Type.String({ description: 'Id of the document.' }),
      resultId: Type.Union([Type.String({ format: 'uuid' }), Type.Null()], {
        description: 'The result that should have written it; of an unknown one what the document says.',
      }),
    }),
    { description: 'The first few of each kind.' },
  ),
  repairs: Type.Array(Type.String({ format: 'uuid' }), { description: 'Operations that deliver again.' }),
  unrepairable: count('Results that no sink of the current version of their stream takes to this place.'),
})
export type AuditTarget = Static<typeof AuditTarget>

/** A comparison of what Vespa has with what the ledger says it should have. */
export const Audit = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    trigger: Type.Enum(['user', 'schedule']),
    documentType: Type.Union([Type.String(), Type.Null()], { description: 'The only one it is about; null: all.' }),
    since: timeOrNull('Results from then on were read; null: all.'),
    repair: Type.Boolean(),
    state: Type.Enum(['queued', 'running', 'completed', 'failed']),
    targets: Type.Array(AuditTarget, { description: 'By document type and namespace; complete when the audit is.' }),
    error: Type.Union([RunError, Type.Null()]),
    createdAt: Type.String({ format: 'date-time' }),
    startedAt: timeOrNull('When it began.'),
    finishedAt: timeOrNull('When it ended.'),
  },
  { $id: 'Audit' },
)
export type Audit = Static<typeof Audit>
