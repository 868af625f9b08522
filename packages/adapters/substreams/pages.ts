import { type AdapterContext, type Page, WeaverError } from '@data-weaver/contracts'
import { beginningOf, checkpointOf, readCheckpoint } from './checkpoint.ts'
import { packDescriptors, unpackDescriptors } from './descriptors.ts'
import { credentialsOf, follow, type Following } from './follow.ts'
import { Intake } from './intake.ts'
import { outputReader } from './output.ts'
import { loadPackage } from './package.ts'
import { askedOf, callPath, type Said } from './protocol.ts'
import { limitsOf, type SubstreamsConfig } from './schema.ts'
import { segmentBody, segmentContentType, type SegmentHeader, type UndoLine } from './segment.ts'

/** At the end of a range some blocks may have to wait until older ones are final: they are asked for again after this time. Milliseconds. */
const finalityPauseMs = 5000

type Context = AdapterContext<SubstreamsConfig>

/** A run: what it asks, what it has, how it writes it down. */
interface Run {
  readonly context: Context
  readonly following: Following
  readonly header: SegmentHeader
  readonly intake: Intake
  /** The start block that whoever goes on would begin at. */
  keptStart: number
}

export async function* pages(context: Context): AsyncGenerator<Page> {
  context.signal.throwIfAborted()
  const resumed = readCheckpoint(context.config, context.cursor)
  if (resumed.complete || context.drain.aborted) return
  const run = await prepare(context, resumed)
  for (;;) {
    const ended = yield* receive(run)
    if (ended === 'drained') return
    if (run.intake.waiting === 0) {
      yield* flush(run, true)
      return
    }
    // The range has ended before all of it was final. To ask again from the last stored block tells how far finality is by then.
    yield* flush(run)
    run.intake.letGo()
    if ((await sleepUntilDrain(context, finalityPauseMs)) === 'drained') return
  }
}

async function prepare(context: Context, resumed: ReturnType<typeof readCheckpoint>): Promise<Run> {
  const { config, log } = context
  const credentials = credentialsOf(context)
  const loaded = await loadPackage(context)
  const asked = askedOf(config, loaded)
  const startBlock = resumed.startBlock ?? asked.startBlock
  const descriptors = packDescriptors(loaded.files, asked.type)
  // What records could not read is refused before anything is fetched.
  outputReader(unpackDescriptors(descriptors, asked.type), config)
  if (resumed.package !== undefined && resumed.package !== loaded.sha256) {
    log.warn({ before: resumed.package, now: loaded.sha256 }, 'the package at the URL is another one than at the checkpoint')
  }
  return {
    context,
    following: { context, asked, credentials, startBlock, version: undefined },
    header: { format: 'substreams-1', module: config.module, package: loaded.sha256, type: asked.type, descriptors },
    intake: new Intake({ limits: limitsOf(config).segment, finalOnly: config.finalBlocksOnly === true }, resumed),
    keptStart: startBlock,
  }
}

/** Takes in what the endpoint says, from the position on, until it ends or the run is to come to an end. */
async function* receive(run: Run): AsyncGenerator<Page, 'drained' | 'ended'> {
  const { context, intake } = run
  const over = new AbortController()
  const source = follow(run.following, intake.position?.cursor, AbortSignal.any([context.signal, over.signal]))
  try {
    for (;;) {
      const next = source.next()
      // A run that is drained leaves without waiting for it.
      next.catch(() => {})
      let happened: Happened
      while ((happened = await whichFirst(next, run)) === 'due') yield* flush(run)
      if (happened === 'drained' || happened === 'ended') {
        if (happened === 'drained') yield* flush(run)
        return happened
      }
      if (happened.kind === 'alive') await begin(run)
      else yield* take(run, happened)
    }
  } catch (error) {
    // What was received before it went wrong is not fetched again.
    if (!context.signal.aborted) yield* flush(run)
    throw error
  } finally {
    over.abort()
    // Not awaited: it may still be opening a connection, which it closes at once when it has it.
    void source.return(undefined).catch(() => {})
  }
}

/**
 * Keeps the block that a negative start block was found to mean, before anything is stored: a run that ends without a page would have to count
 * back from a head that has moved on.
 */
async function begin(run: Run): Promise<void> {
  const { context, following, header, intake } = run
  if (intake.position !== undefined || following.startBlock === run.keptStart) return
  run.keptStart = following.startBlock
  await context.checkpoint?.(beginningOf(context.config, run.keptStart, header.package))
}

function* take(run: Run, said: Said): Generator<Page> {
  const { context, intake } = run
  if (said.kind === 'undo') {
    const line = intake.undo(said.to)
    context.log.info({ to: said.to.block.number, stored: line?.forgotten.length ?? 0 }, 'the chain has forgotten blocks')
    if (line !== undefined) yield pageOf(run, line)
  } else if (said.kind === 'blocks') {
    for (const block of said.blocks) {
      intake.receive(block, context.clock.monotonic())
      if (intake.full) yield* flush(run)
    }
  }
}

function* flush(run: Run, complete = false): Generator<Page> {
  const taken = run.intake.take()
  if (taken === undefined && !complete) return
  if (run.intake.position === undefined) return
  yield page(run, segmentBody(run.header, taken?.range, taken?.lines ?? []), taken?.since, complete)
}

/** The undo of stored blocks: a page of its own, so that it is stored before anything that comes after it. */
function pageOf(run: Run, line: UndoLine): Page {
  run.intake.take()
  return page(run, segmentBody(run.header, undefined, [JSON.stringify(line)]), undefined, false)
}

function page({ context, following, header, intake }: Run, body: Uint8Array, since: number | undefined, complete: boolean): Page {
  const { config, clock } = context
  const { position, final, memory } = intake
  if (position === undefined) throw new WeaverError('internal', 'A segment has no position.')
  return {
    body,
    request: { method: 'POST', url: `${config.endpoint.replace(/\/+$/, '')}/${callPath(following.version ?? 'v2')}`, headers: {} },
    response: {
      status: 200,
      headers: { 'content-type': segmentContentType },
      receivedAt: new Date(clock.now()).toISOString(),
      durationMs: since === undefined ? 0 : Math.max(0, Math.round(clock.monotonic() - since)),
    },
    cursor: checkpointOf(config, { position, final, package: header.package, memory, complete }),
    ...(complete ? { last: true as const } : {}),
  }
}

type Happened = Said | 'due' | 'drained' | 'ended'

/** What comes first: something said, the time at which the segment is to be stored, or the wish that the run ends. */
async function whichFirst(next: Promise<IteratorResult<Said>>, { context, intake }: Run): Promise<Happened> {
  const { clock, drain } = context
  if (drain.aborted) return 'drained'
  const { promise, resolve, reject } = Promise.withResolvers<Happened>()
  const over = new AbortController()
  const drained = () => resolve('drained')
  drain.addEventListener('abort', drained, { once: true })
  next.then((result) => resolve(result.done === true ? 'ended' : result.value), reject)
  const { dueAt } = intake
  if (dueAt !== undefined) {
    clock.sleep(Math.max(0, dueAt - clock.monotonic()), over.signal).then(
      () => resolve('due'),
      () => {},
    )
  }
  try {
    return await promise
  } finally {
    over.abort()
    drain.removeEventListener('abort', drained)
  }
}

async function sleepUntilDrain({ clock, signal, drain }: Context, ms: number): Promise<'drained' | 'slept'> {
  try {
    await clock.sleep(ms, AbortSignal.any([signal, drain]))
    return 'slept'
  } catch {
    signal.throwIfAborted()
    return 'drained'
  }
}
