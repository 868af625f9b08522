import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { WeaverError } from '@data-weaver/contracts'
import {
  flattenSchemas,
  parseSchema,
  readApplicationPackage,
  type SchemaChange,
  schemaChanges,
  type WholeSchemas,
} from '@data-weaver/sinks'
import type { ItemOf } from '@data-weaver/client'
import { exitFailed } from '../failure.ts'
import type { Command } from '../options.ts'
import { printable, table } from '../printable.ts'
import { withApi } from '../remote/connection.ts'
import type { Surroundings } from '../surroundings.ts'

type Audit = ItemOf<'/v1/audits'>

/** How often an audit is looked at until it has ended, milliseconds. */
const lookEveryMs = 500

const schema: Command = {
  usage: 'vespa schema <stream> [--document-type name] [--against path] [--json]',
  purpose:
    'Proposes a Vespa schema from the mapping of a stream and what it has stored.\nThe schema goes to the standard output, what else there is to do to the standard error.',
  options: {
    'document-type': { type: 'string', value: 'name', help: 'Name of the document type. Default: that of the sink, or the stream’s name.' },
    against: {
      type: 'string',
      value: 'path',
      help: 'The schema, or the application package, that is deployed: a change that Vespa would refuse is refused.',
    },
    json: { type: 'boolean', help: 'The whole proposal as JSON.' },
  },
  arguments: [1, 1],
  async run(given, surroundings) {
    const { out, err, signal, cwd } = surroundings
    const [id = ''] = given.positionals
    const documentType = given.text('document-type')
    const against = given.text('against')
    const { data } = await withApi(surroundings, (client) =>
      client.GET('/v1/streams/{id}/vespa-schema', {
        params: { path: { id }, query: documentType === undefined ? {} : { documentType } },
        signal,
      }),
    )
    if (against !== undefined) {
      const deployed = await readDeployed(resolve(cwd, against))
      const own = parseSchema(data.schema, 'the proposal')
      refuse(changesOf(deployed, new Map([...deployed.files, [own.name, own]])), surroundings)
    }
    if (given.flag('json')) {
      out(JSON.stringify(data))
      return 0
    }
    out(data.schema.trimEnd())
    err(printable(`Told by ${data.documents} documents of ${data.results} stored results.`))
    for (const note of data.notes) err(printable(note))
    err(printable(`Store it as schemas/${data.documentType}.sd, with this line among the documents of services.xml:\n  ${data.service}`))
    err(printable(`and, once it is deployed, give the stream this sink:\n  ${JSON.stringify(data.sink)}`))
    return 0
  },
}

const check: Command = {
  usage: 'vespa check <package> --against <deployed>',
  purpose:
    'Compares an application package with the one that is deployed, before it is.\nFails when Vespa would refuse the change, or documents of Data Weaver would not be taken any more.',
  options: { against: { type: 'string', value: 'path', help: 'The application package that is deployed.' } },
  arguments: [1, 1],
  async run(given, surroundings) {
    const { out, cwd } = surroundings
    const against = given.text('against')
    if (against === undefined)
      throw new WeaverError('invalid_request', '--against is missing', {
        errors: [{ field: '--against', problem: 'is missing', hint: 'The application package that is deployed.' }],
      })
    const [next, deployed] = await Promise.all([
      readApplicationPackage(resolve(cwd, given.positionals[0] ?? '')),
      readApplicationPackage(resolve(cwd, against)),
    ])
    refuse(schemaChanges(deployed, next), surroundings)
    out(`Nothing that Vespa would refuse: ${[...next.keys()].toSorted().join(', ')}.`)
    return 0
  },
}

type Files = ReadonlyMap<string, ReturnType<typeof parseSchema>>

/** What is deployed, of a whole package or of one schema. */
async function readDeployed(path: string): Promise<{ readonly whole: WholeSchemas; readonly files: Files; readonly isPackage: boolean }> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new WeaverError('invalid_config', `${path} cannot be read`, { cause })
  })
  if (found.isDirectory()) return { whole: await readApplicationPackage(path), files: new Map(), isPackage: true }
  const file = parseSchema(await readFile(path, 'utf8'), path)
  const files: Files = new Map([[file.name, file]])
  return { whole: flattenSchemas(files), files, isPackage: false }
}

/** What the proposal changes of the schema of its name; other schemas stay as they are. */
function changesOf({ whole, isPackage }: Awaited<ReturnType<typeof readDeployed>>, files: Files): readonly SchemaChange[] {
  const proposed = flattenSchemas(files)
  const [name = ''] = [...files.keys()].slice(-1)
  const before = whole.get(name)
  const after = proposed.get(name)
  if (before === undefined || after === undefined) return []
  // What a schema inherits is in another file: only its own fields are compared.
  const [was, is] = isPackage
    ? [before, { ...after, fields: new Map([...before.fields].filter(([field]) => field.startsWith('weaver_')).concat([...after.fields])) }]
    : [before, after]
  return schemaChanges(new Map([[name, was]]), new Map([[name, is]]))
}

/** @throws WeaverError `invalid_config` with what Vespa would refuse */
function refuse(changes: readonly SchemaChange[], { err }: Surroundings): void {
  const nameOf = ({ documentType, field }: SchemaChange) => (field === '' ? documentType : `${documentType}.${field}`)
  for (const change of changes.filter(({ refused }) => !refused)) err(printable(`${nameOf(change)} ${change.problem}`))
  const refused = changes.filter((change) => change.refused)
  if (refused.length === 0) return
  const hint = 'Vespa refuses it. Add a field or a document type of another name instead.'
  const errors = refused.map((change) => ({ field: nameOf(change), problem: change.problem, hint }))
  throw new WeaverError('invalid_config', 'Vespa would refuse this change', { errors })
}

const audit: Command = {
  usage: 'vespa audit [--repair] [--since time] [--document-type name] [--json]',
  purpose:
    'Compares what Vespa has with what the ledger says it should have; answers when that is done.\nFails when something is missing, stale, altered or unknown and is not being mended.',
  options: {
    repair: { type: 'boolean', help: 'Delivers again what is missing, stale or altered.' },
    since: { type: 'string', value: 'time', help: 'Only results from then on are read again (2027-01-31T08:00:00Z). Default: all.' },
    'document-type': { type: 'string', value: 'name', help: 'Only this document type.' },
    json: { type: 'boolean', help: 'The audit as JSON.' },
  },
  arguments: [0, 0],
  async run(given, surroundings) {
    const { out, err } = surroundings
    const [since, documentType] = [given.text('since'), given.text('document-type')]
    const ended = await carriedOut(surroundings, {
      repair: given.flag('repair'),
      ...(since === undefined ? {} : { since }),
      ...(documentType === undefined ? {} : { documentType }),
    })
    if (given.flag('json')) out(JSON.stringify(ended))
    else show(ended, surroundings)
    if (ended.state === 'failed') {
      err(printable(`The audit failed: ${ended.error?.code}: ${ended.error?.message}`))
      return exitFailed
    }
    const left = ended.targets.some(({ missing, stale, altered, unknown, repairs, unrepairable }) => {
      const mended = repairs.length > 0 && unrepairable === 0
      return unknown > 0 || (missing + stale + altered > 0 && !mended)
    })
    return left ? exitFailed : 0
  },
}

async function carriedOut(surroundings: Surroundings, wish: { repair: boolean; since?: string; documentType?: string }): Promise<Audit> {
  const { clock, signal } = surroundings
  return await withApi(surroundings, async (client) => {
    const { data } = await client.POST('/v1/audits', { body: wish, signal })
    for (let found: Audit = data; ;) {
      if (found.state === 'completed' || found.state === 'failed') return found
      await clock.sleep(lookEveryMs, signal)
      found = (await client.GET('/v1/audits/{id}', { params: { path: { id: found.id } }, signal })).data
    }
  })
}

function show({ targets, state }: Audit, { out, columns }: Surroundings): void {
  if (targets.length === 0) {
    if (state === 'completed') out('No stream feeds Vespa.')
    return
  }
  const rows = targets.map((target) => [
    `${target.namespace}/${target.documentType}`,
    ...[target.expected, target.found, target.missing, target.stale, target.altered, target.unknown, target.unreadable].map(String),
    target.repairs.join(' '),
  ])
  for (const line of table(
    ['place', 'expected', 'found', 'missing', 'stale', 'altered', 'unknown', 'unreadable', 'repairs'],
    rows,
    columns,
  ))
    out(line)
  for (const { examples } of targets) for (const { finding, id } of examples) out(printable(`${finding} ${id}`))
}

/** Commands about Vespa. */
export const vespaCommands: Readonly<Record<string, Command>> = { 'vespa schema': schema, 'vespa check': check, 'vespa audit': audit }
