import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { clone, create, createFileRegistry, type DescMessage, type FileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt'
import { WeaverError } from '@data-weaver/contracts'
import { invalidConfig } from '../src/config.ts'

// A stored segment must be readable years later from nothing but itself and the configuration, when the package may be gone from its URL. So
// each begins with the descriptors of the output type: the file that has it, the files those need, nothing else of the package, without
// comments, compressed. Measured: 0.2 kB for a message of two fields, 1 kB for a small file that imports three of protobuf's own, 6 kB for a file
// of 1,300 lines; a package is megabytes. Output that was decoded before it is stored would be several times as large as what came, and could
// not be read by other paths or with bytes in another form.

/** What came with protobuf itself; packages leave these files out now and then. */
const wellKnown = new Map(
  [
    file_google_protobuf_any,
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_wrappers,
  ].map(({ proto }) => [proto.name, proto]),
)

/** Largest set of descriptors that is unpacked, in bytes. */
const maxUnpackedBytes = 16 * 1024 * 1024

/**
 * The descriptors that are needed to read messages of a type, as text.
 * @param files the descriptors of a package by the name of their file
 * @throws WeaverError `invalid_config` when the package does not have them.
 */
export function packDescriptors(files: ReadonlyMap<string, FileDescriptorProto>, type: string): string {
  const home = files.values().find((file) => definesType(file, type)) ?? wellKnown.values().find((file) => definesType(file, type))
  if (home === undefined) throw broken(`has no descriptor of ${type}, which the module gives`)
  const ordered: FileDescriptorProto[] = []
  const seen = new Set<string>()
  const visit = (name: string, importer: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const file = files.get(name) ?? wellKnown.get(name)
    if (file === undefined) throw broken(`has no file ${name}, which ${importer} imports`)
    for (const dependency of file.dependency) visit(dependency, name)
    ordered.push(bare(file))
  }
  visit(home.name, home.name)
  const set = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: ordered }))
  return deflateRawSync(set, { level: 9 }).toString('base64')
}

const broken = (problem: string): WeaverError => invalidConfig([{ field: 'config.package', problem }])

/** Without comments and services: neither says how to read a message. */
function bare(file: FileDescriptorProto): FileDescriptorProto {
  const copy = clone(FileDescriptorProtoSchema, file)
  delete copy.sourceCodeInfo
  copy.service = []
  return copy
}

const definesType = ({ package: name, messageType }: FileDescriptorProto, type: string): boolean =>
  messageType.some((message) => definesMessage(message, name === '' ? '' : `${name}.`, type))

function definesMessage(message: DescriptorProto, prefix: string, type: string): boolean {
  const name = `${prefix}${message.name}`
  if (name === type) return true
  return type.startsWith(`${name}.`) && message.nestedType.some((nested) => definesMessage(nested, `${name}.`, type))
}

/** Descriptors and the message that they were packed for. */
export interface OutputType {
  readonly message: DescMessage
  readonly registry: FileRegistry
}

/** Sets of descriptors that a process keeps unpacked: one for each module that its streams read. */
const kept = 64
const cache = new Map<string, OutputType>()

/**
 * The descriptors as they can be used. The same text always gives the same.
 * @throws WeaverError `source_malformed` when they cannot be read, or do not have the type.
 */
export function unpackDescriptors(packed: string, type: string): OutputType {
  const name = createHash('sha256').update(`${type} ${packed}`).digest('base64')
  const known = cache.get(name)
  if (known !== undefined) return known
  const registry = registryOf(packed)
  const message = registry?.getMessage(type)
  if (registry === undefined || message === undefined) {
    throw new WeaverError('source_malformed', `The descriptors of ${type} in the segment cannot be read.`)
  }
  const output: OutputType = { message, registry }
  cache.set(name, output)
  for (const oldest of cache.keys()) {
    if (cache.size <= kept) break
    cache.delete(oldest)
  }
  return output
}

function registryOf(packed: string): FileRegistry | undefined {
  try {
    const bytes = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: maxUnpackedBytes })
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes))
  } catch {
    return undefined
  }
}
