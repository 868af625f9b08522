import { createHash } from 'node:crypto'
import { fromBinary } from '@bufbuild/protobuf'
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt'
import type { AdapterContext, WeaverError } from '@data-weaver/contracts'
import { type AnswerReading, malformedAnswer, statusError } from '../src/answer.ts'
import { invalidConfig } from '../src/config.ts'
import { redaction } from '../src/redaction.ts'
import { type Module, type Package, PackageSchema } from './gen/sf/substreams/v1/package_pb.ts'
import { maxPackageBytes, type SubstreamsConfig } from './schema.ts'

/** A package that was read. It is shared between streams and must not be changed. */
export interface LoadedPackage {
  /** Of the file, in hexadecimal. */
  readonly sha256: string
  readonly size: number
  readonly message: Package
  /** The descriptors by the name of their file. */
  readonly files: ReadonlyMap<string, FileDescriptorProto>
}

/** Bytes of package files whose contents a process keeps, whichever streams they are of. */
const cacheBytes = 2 * maxPackageBytes
const cache = new Map<string, LoadedPackage>()

/**
 * The package of a configuration. A file is parsed once per process, and fetched again only where the configuration has no hash of it.
 * @throws WeaverError `invalid_config` when it is no package or not the one with the hash; what the egress and the status of the answer say.
 */
export async function loadPackage({ config, http, clock }: AdapterContext<SubstreamsConfig>): Promise<LoadedPackage> {
  const source = config.package
  if (source.from === 'inline') {
    const loaded = packageOf(Buffer.from(source.base64, 'base64'))
    if (loaded === undefined) throw problem('base64', 'is not a Substreams package', 'It is an .spkg file, as `substreams pack` makes it.')
    return loaded
  }
  const expected = source.sha256?.toLowerCase()
  const known = expected === undefined ? undefined : cache.get(expected)
  if (known !== undefined) return known
  const reading: AnswerReading = { clock, redact: redaction([]) }
  const response = await http.request({ url: source.url, maxBytes: maxPackageBytes })
  const failure = statusError(response, reading)
  if (failure !== undefined) throw failure
  const found = sha256Of(response.body)
  if (expected !== undefined && found !== expected) throw problem('sha256', `is not the SHA-256 of the file at the URL, which is ${found}`)
  const loaded = packageOf(response.body, found)
  if (loaded === undefined) throw malformedAnswer(response, reading, 'the answer is not a Substreams package.')
  return loaded
}

const problem = (field: string, text: string, hint?: string): WeaverError =>
  invalidConfig([{ field: `config.package.${field}`, problem: text, ...(hint === undefined ? {} : { hint }) }])

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function packageOf(bytes: Uint8Array, sha256 = sha256Of(bytes)): LoadedPackage | undefined {
  const known = cache.get(sha256)
  if (known !== undefined) return known
  let message: Package
  try {
    message = fromBinary(PackageSchema, bytes)
  } catch {
    return undefined
  }
  if ((message.modules?.modules.length ?? 0) === 0) return undefined
  // A package that was put together from others can have a file twice; the first is the one that its own modules were made with.
  const files = new Map<string, FileDescriptorProto>()
  for (const file of message.protoFiles) if (!files.has(file.name)) files.set(file.name, file)
  const loaded: LoadedPackage = { sha256, size: bytes.byteLength, message, files }
  keep(loaded)
  return loaded
}

function keep(loaded: LoadedPackage): void {
  cache.set(loaded.sha256, loaded)
  let size = cache.values().reduce((sum, { size: one }) => sum + one, 0)
  for (const [key, { size: one }] of cache) {
    if (size <= cacheBytes || key === loaded.sha256) return
    cache.delete(key)
    size -= one
  }
}

/** Names listed in an error. */
const namesListed = 20

/** @throws WeaverError `invalid_config` naming `config.module` when the package has no such module, or it is no map. */
export function outputModule({ message }: LoadedPackage, name: string): { readonly module: Module; readonly type: string } {
  const modules = message.modules?.modules ?? []
  const module = modules.find((candidate) => candidate.name === name)
  const maps = modules.filter(({ kind }) => kind.case === 'kindMap').map((map) => map.name)
  const hint = `Maps of the package: ${maps.slice(0, namesListed).join(', ')}${maps.length > namesListed ? ', …' : ''}.`
  if (module === undefined) throw invalidConfig([{ field: 'config.module', problem: 'is no module of the package', hint }])
  if (module.kind.case !== 'kindMap')
    throw invalidConfig([{ field: 'config.module', problem: 'is no map: it has no output to read', hint }])
  return { module, type: module.kind.value.outputType.replace(/^proto:/, '') }
}
