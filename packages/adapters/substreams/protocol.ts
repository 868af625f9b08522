import { clone, toJson } from '@bufbuild/protobuf'
import { TimestampSchema } from '@bufbuild/protobuf/wkt'
import { createClient, type Transport } from '@connectrpc/connect'
import { WeaverError } from '@data-weaver/contracts'
import { invalidConfig } from '../src/config.ts'
import { type Redaction, shortLine } from '../src/redaction.ts'
import type { Block, Position } from './block.ts'
import { type BlockScopedData, type Response as ResponseV2, Stream as StreamV2 } from './gen/sf/substreams/rpc/v2/service_pb.ts'
import { Stream as StreamV3 } from './gen/sf/substreams/rpc/v3/service_pb.ts'
import { type Response as ResponseV4, Stream as StreamV4 } from './gen/sf/substreams/rpc/v4/service_pb.ts'
import { type Modules, ModulesSchema } from './gen/sf/substreams/v1/package_pb.ts'
import { type LoadedPackage, outputModule } from './package.ts'
import type { SubstreamsConfig } from './schema.ts'

export type ProtocolVersion = 'v2' | 'v3' | 'v4'

/** What an endpoint says, in any version of the protocol. */
export type Said =
  /** Only that it is at work. */
  | { readonly kind: 'alive'; readonly working: true }
  /** The greeting, with the block that it begins at; undefined when it does not say. */
  | { readonly kind: 'alive'; readonly working: false; readonly startBlock: number | undefined }
  | { readonly kind: 'blocks'; readonly blocks: readonly Block[] }
  /** All above this position is forgotten. */
  | { readonly kind: 'undo'; readonly to: Position }

/** What is asked for, made once per run. */
export interface Asked {
  readonly config: SubstreamsConfig
  readonly loaded: LoadedPackage
  readonly startBlock: number
  /** Full name of the message that the output module gives. */
  readonly type: string
  /** The modules with parameters and network applied, as the second version wants them. */
  readonly modules: Modules
}

/** @throws WeaverError `invalid_config` when the package has no such module, network, or parameters. */
export function askedOf(config: SubstreamsConfig, loaded: LoadedPackage): Asked {
  const modules = appliedModules(config, loaded)
  const { type } = outputModule(loaded, config.module)
  const initial = modules.modules.find(({ name }) => name === config.module)?.initialBlock ?? 0n
  return { config, loaded, startBlock: config.startBlock ?? Number(initial), type, modules }
}

/** The later versions leave this to the endpoint; it is done for them as well, because it finds what is wrong before anything is asked. */
function appliedModules({ network, params = {} }: SubstreamsConfig, { message }: LoadedPackage): Modules {
  const own = network === undefined ? undefined : message.networks[network]
  if (network !== undefined && own === undefined && message.network !== network) {
    const known = [...new Set([message.network, ...Object.keys(message.networks)])].filter((name) => name !== '').join(', ')
    throw invalidConfig([{ field: 'config.network', problem: 'is no network of the package', hint: `Networks: ${known || 'none'}.` }])
  }
  const modules = clone(ModulesSchema, message.modules as Modules)
  const named = new Map(modules.modules.map((module) => [module.name, module]))
  for (const [name, initial] of Object.entries(own?.initialBlocks ?? {})) {
    const module = named.get(name)
    if (module !== undefined) module.initialBlock = initial
  }
  for (const [name, value] of [...Object.entries(own?.params ?? {}), ...Object.entries(params)]) {
    const input = named.get(name)?.inputs[0]?.input
    if (input?.case === 'params') input.value.value = value
    else if (Object.hasOwn(params, name)) {
      const problem = named.has(name) ? 'is a module that takes no parameters' : 'is no module of the package'
      throw invalidConfig([{ field: `config.params.${name}`, problem }])
    }
  }
  return modules
}

export interface Call {
  readonly version: ProtocolVersion
  readonly asked: Asked
  /** Where to begin without a cursor. Negative: counted back from the head of the chain. */
  readonly startBlock: number
  readonly cursor: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly redact: Redaction
}

/**
 * One call of `Blocks`. Ends when the endpoint ends it in good order.
 * @throws ConnectError what the client says; WeaverError `source_rejected` when a module failed, `source_malformed` for what cannot be.
 */
export async function* blocks(transport: Transport, call: Call): AsyncGenerator<Said> {
  for await (const { message } of responses(transport, call)) {
    switch (message.case) {
      case 'session':
        yield { kind: 'alive', working: false, startBlock: height(message.value.resolvedStartBlock) || undefined }
        break
      case 'blockScopedData':
        yield { kind: 'blocks', blocks: [blockOf(message.value, call.asked)] }
        break
      case 'blockScopedDatas':
        yield { kind: 'blocks', blocks: message.value.items.map((item) => blockOf(item, call.asked)) }
        break
      case 'blockUndoSignal': {
        const { lastValidBlock: block, lastValidCursor: cursor } = message.value
        if (block === undefined || cursor === '') throw malformed('an undo signal has no block or no cursor')
        yield { kind: 'undo', to: { cursor, block: { number: height(block.number), id: block.id } } }
        break
      }
      case 'fatalError': {
        const { module, reason } = message.value
        const said = shortLine(`the module ${module} failed: ${reason}`, call.redact)
        throw new WeaverError('source_rejected', `The endpoint cannot go on: ${said}`)
      }
      default:
        // Progress, and whatever a later version adds.
        yield { kind: 'alive', working: true }
    }
  }
}

function responses(
  transport: Transport,
  { version, asked, startBlock, cursor, headers, signal }: Call,
): AsyncIterable<ResponseV2 | ResponseV4> {
  const { config, loaded, modules } = asked
  const range = {
    startBlockNum: BigInt(startBlock),
    startCursor: cursor ?? '',
    stopBlockNum: BigInt(config.stopBlock ?? 0),
    finalBlocksOnly: config.finalBlocksOnly ?? false,
    productionMode: config.productionMode ?? true,
    outputModule: config.module,
  }
  const options = { headers, signal }
  if (version === 'v2') return createClient(StreamV2, transport).blocks({ ...range, modules }, options)
  const request = { ...range, package: loaded.message, params: { ...config.params }, network: config.network ?? '' }
  return createClient(version === 'v3' ? StreamV3 : StreamV4, transport).blocks(request, options)
}

/** The path of the call below the endpoint, as it is kept with what came of it. */
export const callPath = (version: ProtocolVersion): string => `sf.substreams.rpc.${version}.Stream/Blocks`

function blockOf({ clock, cursor, finalBlockHeight, output }: BlockScopedData, { type, config }: Asked): Block {
  if (clock === undefined || cursor === '') throw malformed('a block has no clock or no cursor')
  const any = output?.mapOutput
  if (any !== undefined && any.value.byteLength > 0) {
    const given = any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1)
    if (given !== type) throw malformed(`the module ${config.module} gave ${given.slice(0, 200)}, and the package says ${type}`)
  }
  let time: string | null = null
  try {
    if (clock.timestamp !== undefined) time = toJson(TimestampSchema, clock.timestamp)
  } catch {
    // A time outside the calendar says nothing; the block is good.
  }
  const facts = { number: height(clock.number), id: clock.id, time }
  return { ...facts, cursor, final: height(finalBlockHeight), output: any?.value ?? new Uint8Array() }
}

function height(number: bigint): number {
  if (number <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(number)
  throw malformed(`there is no block ${number}`)
}

const malformed = (problem: string): WeaverError => new WeaverError('source_malformed', `The endpoint sent what cannot be: ${problem}.`)
