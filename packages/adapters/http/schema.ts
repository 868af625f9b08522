import Type, { type Static } from 'typebox'
import { ErrorHandlers, RateLimit } from './schema/answers.ts'
import { Auth } from './schema/auth.ts'
import { path, scalar, strict, valueNamePattern } from './schema/field.ts'
import { Incremental, VersionField } from './schema/incremental.ts'
import { Pagination } from './schema/pagination.ts'
import { Partitions } from './schema/partitions.ts'
import { DeletedWhen, Records, RecordSchema } from './schema/records.ts'
import { Request } from './schema/request.ts'

const { Optional } = Type

export const HttpConfig = Type.Object(
  {
    values: Optional(
      Type.Record(Type.String({ pattern: valueNamePattern }), scalar, {
        ...strict,
        maxProperties: 100,
        description: 'Values by name, for use as `{{config.name}}` in `request`, `partitions` and addresses of `auth`. No secrets.',
        examples: [{ project: 'weaver' }],
      }),
    ),
    request: Request,
    auth: Optional(Auth),
    records: Optional(Records),
    pagination: Optional(Pagination),
    partitions: Optional(Partitions),
    primaryKey: Type.Array(path('A part of the key.', 'id'), {
      minItems: 1,
      maxItems: 8,
      uniqueItems: true,
      description: 'Where the values are that tell one record from all others. They make the id of its document.',
      examples: [['id']],
    }),
    incremental: Optional(Incremental),
    deletedWhen: Optional(DeletedWhen),
    versionField: Optional(VersionField),
    schema: Optional(RecordSchema),
    rateLimit: Optional(RateLimit),
    errorHandlers: Optional(ErrorHandlers),
  },
  { ...strict, description: 'What to fetch, and how its answers are read.' },
)
export type HttpConfig = Static<typeof HttpConfig>

/** The names are the configuration's: those that `auth` mentions. */
export const HttpSecrets = Type.Object(
  {},
  { additionalProperties: Type.String(), description: 'Any names; those that `auth` mentions are needed.' },
)
