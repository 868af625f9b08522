import type { Client, ItemOf } from '@data-weaver/client'
import { WeaverError } from '@data-weaver/contracts'
import { printable, table } from '../printable.ts'
import type { Command, Given } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import { withApi } from './connection.ts'

type Stream = ItemOf<'/v1/streams'>
type Operation = ItemOf<'/v1/operations'>
type Run = ItemOf<'/v1/streams/{id}/runs'>

const json = { json: { type: 'boolean', help: 'A JSON object a line.' } } as const
/** Runs that are shown. */
const usualLimit = 20

const listStreams: Command = {
  usage: 'streams [--json]',
  purpose: 'Lists the streams of a running supervisor.',
  options: json,
  arguments: [0, 0],
  async run(given, surroundings) {
    const { signal } = surroundings
    const streams = await withApi(surroundings, (client) => Array.fromAsync(client.list('/v1/streams', { signal })))
    show(given, surroundings, streams, ['name', 'adapter', 'desired', 'next tick', 'version', 'pool'], (stream: Stream) => [
      stream.name,
      stream.adapter,
      stream.desired,
      stream.nextTickAt ?? '',
      String(stream.version),
      stream.pool,
    ])
    return 0
  },
}

const listRuns: Command = {
  usage: 'runs <stream> [--limit 20] [--json]',
  purpose: 'Lists the newest runs of a stream.',
  options: { limit: { type: 'string', value: 'number', help: `How many. Default ${usualLimit}.` }, ...json },
  arguments: [1, 1],
  async run(given, surroundings) {
    const { signal } = surroundings
    const id = given.positionals[0] ?? ''
    const limit = given.count('limit', usualLimit)
    const runs = await withApi(surroundings, async (client) => {
      const found: Run[] = []
      for await (const run of client.list('/v1/streams/{id}/runs', { path: { id }, query: { limit: Math.min(limit, 100) }, signal })) {
        found.push(run)
        if (found.length === limit) break
      }
      return found
    })
    show(given, surroundings, runs, ['run', 'state', 'trigger', 'tick', 'pages', 'documents', 'error'], (run: Run) => [
      run.id,
      run.state,
      run.trigger,
      run.tick ?? '',
      String(run.pages),
      String(run.documents),
      run.error === null ? '' : `${run.error.code}: ${run.error.message}`,
    ])
    return 0
  },
}

function show<T extends object>(
  given: Given,
  { out, columns }: Surroundings,
  items: readonly T[],
  titles: readonly string[],
  cellsOf: (item: T) => string[],
): void {
  if (given.flag('json')) for (const item of items) out(JSON.stringify(item))
  else if (items.length === 0) out('There are none.')
  else for (const line of table(titles, items.map(cellsOf), columns)) out(line)
}

const actions = {
  start: 'Starts a stream: its first tick is now.',
  stop: 'Stops a stream; answers when nothing of it runs any more.',
  pause: 'Pauses a stream: its ticks are skipped until it is resumed.',
  resume: 'Resumes a paused stream.',
} as const

const action = (name: keyof typeof actions): Command => ({
  usage: `streams ${name} <stream>`,
  purpose: actions[name],
  options: {},
  arguments: [1, 1],
  async run(given, surroundings) {
    const { out, signal } = surroundings
    const id = given.positionals[0] ?? ''
    await withApi(surroundings, async (client) => {
      const { data } = await client.POST(`/v1/streams/{id}/${name}`, { params: { path: { id } }, signal })
      if ('runs' in data) await untilComplete(data, client, surroundings)
    })
    out(printable(`${id}: ${name} is done`))
    return 0
  },
})

/** How often an operation is asked for that not all have acknowledged yet, milliseconds. */
const askEveryMs = 500

/** A stop is in force at once, and done when all workers have said so, or their leases are over. @throws WeaverError when it failed */
async function untilComplete(begun: Operation, client: Client, { clock, err, signal }: Surroundings): Promise<void> {
  let operation = begun
  for (let said = false; operation.state !== 'completed'; said = true) {
    if (operation.error !== null) throw new WeaverError(operation.error.code, operation.error.message)
    const { acknowledged, told } = operation.runs
    if (!said) err(`It is in force; ${acknowledged} of ${told} runs and deliveries have ended. Waiting for the others.`)
    await clock.sleep(askEveryMs, signal)
    operation = (await client.GET('/v1/operations/{id}', { params: { path: { id: operation.id } }, signal })).data
  }
}

const trigger: Command = {
  usage: 'streams trigger <stream>',
  purpose: 'Runs a stream now, besides its schedule.',
  options: {},
  arguments: [1, 1],
  async run(given, surroundings) {
    const { out, signal } = surroundings
    const id = given.positionals[0] ?? ''
    const { data } = await withApi(surroundings, (client) => client.POST('/v1/streams/{id}/trigger', { params: { path: { id } }, signal }))
    out(printable(`${id}: run ${data.id} is ${data.state}`))
    return 0
  },
}

/** Commands that talk to a running supervisor. */
export const remoteCommands: Readonly<Record<string, Command>> = {
  streams: listStreams,
  'streams start': action('start'),
  'streams stop': action('stop'),
  'streams pause': action('pause'),
  'streams resume': action('resume'),
  'streams trigger': trigger,
  runs: listRuns,
}
