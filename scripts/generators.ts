import { apiTypes } from '@data-weaver/client/generate'
import { errorKinds, type ErrorCode, type ErrorOrigin, settingsReference } from '@data-weaver/contracts'
import { openApiDocument } from '@data-weaver/supervisor/openapi'
import { adapterDocs } from './generate-adapter-docs.ts'

/** A source of committed files that are not written by hand. */
export interface Generator {
  readonly name: string
  /** A folder in which every file is this generator's: what it no longer makes is deleted. */
  readonly folder?: string
  /** Contents by path from the root of the repository. */
  files(): Promise<ReadonlyMap<string, string>>
}

export const generators: readonly Generator[] = [
  { name: 'settings', files: async () => new Map([['docs/settings.md', settingsReference()]]) },
  { name: 'errors', files: async () => new Map([['docs/errors.md', errorReference()]]) },
  { name: 'adapters', folder: 'docs/adapters', files: adapterDocs },
  { name: 'openapi', files: async () => new Map([['docs/openapi.json', `${JSON.stringify(await openApiDocument(), null, 2)}\n`]]) },
  { name: 'client', files: async () => new Map([['packages/client/src/gen/api.ts', await apiTypes(await openApiDocument())]]) },
]

/** Who can mend what, in the order of a run. */
const origins: Readonly<Record<ErrorOrigin, { readonly title: string; readonly meaning: string }>> = {
  config: { title: 'Configuration and requests', meaning: 'The caller can mend it.' },
  source: { title: 'Source', meaning: 'The source answered with an error, wrongly, or not at all.' },
  rateLimit: { title: 'Rate limits', meaning: 'The source asks for fewer requests.' },
  storage: { title: 'Object store', meaning: 'Raw responses cannot be stored or read.' },
  transform: { title: 'Transform', meaning: 'A record cannot become a document. It becomes a dead letter; the other records go on.' },
  sink: { title: 'Sink', meaning: 'Documents cannot be written.' },
  system: { title: 'System', meaning: 'Data Weaver or what it runs on.' },
}

function errorReference(): string {
  const codes = Object.entries(errorKinds) as [ErrorCode, (typeof errorKinds)[ErrorCode]][]
  const sections = (Object.keys(origins) as ErrorOrigin[]).flatMap((origin) => {
    const { title, meaning } = origins[origin]
    const rows = codes
      .filter(([, kind]) => kind.origin === origin)
      .map(([code, kind]) => `| \`${code}\` | ${kind.title} | ${kind.status} | ${kind.retryable ? 'yes' : 'no'} |`)
    return [
      `## ${title}`,
      '',
      `${meaning} Origin \`${origin}\`.`,
      '',
      '| code | meaning | status | retried |',
      '|---|---|---|---|',
      ...rows,
      '',
    ]
  })
  return [
    '# Error codes',
    '',
    'The closed table of codes. Problem details of the API, failed runs, dead letters and logs carry them. Decide by the code, never by a',
    'message: codes stay, messages change. The status is the one of an HTTP answer; `retried` says whether the same work may succeed later',
    'without anybody changing anything, and so whether a run is tried again.',
    '',
    ...sections,
  ].join('\n')
}
