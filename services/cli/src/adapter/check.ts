import { toWeaverError } from '@data-weaver/contracts'
import { errorText, exitFailed, exitStatus } from '../failure.ts'
import { cut, printable } from '../printable.ts'
import type { Command } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import { exchangeLines, recordsOf } from './page-text.ts'
import { type Bounds, boundsOf, cleanValue, firstPages, openSession, type Session, sourceOptions } from './session.ts'

/** How long one page may take, seconds. */
const usualSeconds = 15
/** Problems that are listed; of more, only how many. */
const mostProblems = 5

export const check: Command = {
  usage: 'adapter check <id or folder> --config file.json [--secret name=@file]',
  purpose: 'Checks a configuration: schema, rules, one request, and whether its answer can be read.',
  options: {
    ...sourceOptions,
    seconds: { type: 'string', value: 'number', help: `Longest time for the page, seconds. Default ${usualSeconds}.` },
  },
  arguments: [1, 1],
  async run(given, surroundings) {
    const { out } = surroundings
    const bounds = await boundsOf(given, surroundings, { pages: 1, seconds: usualSeconds })
    await using session = await openSession(given, surroundings)
    const { adapter } = session.choice
    out(`${adapter.id}: ${adapter.summary}`)
    out(`The configuration is valid${given.text('config') === undefined ? ' (it is the example of the adapter)' : ''}.`)
    return await guarded(session, surroundings, () => askOnce(session, bounds, surroundings))
  },
}

/** Runs what asks the source: what it says in its errors may have a secret in it. */
export async function guarded(session: Session, { err, signal }: Surroundings, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (thrown) {
    if (signal.aborted) return exitFailed
    const error = toWeaverError(thrown)
    err(errorText(error, session.clean))
    return exitStatus(error)
  }
}

async function askOnce(session: Session, bounds: Bounds, surroundings: Surroundings): Promise<number> {
  const { out, err, columns } = surroundings
  const { adapter } = session.choice
  for await (const page of firstPages(session, bounds, surroundings)) {
    for (const line of exchangeLines(page, session)) out(line)
    const found = recordsOf(adapter, session.config, page)
    const problems = found.flatMap((record, index) => ('problem' in record ? [`record ${index}: ${record.problem}`] : []))
    const first = found.find((record) => 'key' in record)
    out(`${found.length} records, ${problems.length} of them cannot be read.`)
    if (first !== undefined) {
      const shown = JSON.stringify(cleanValue({ key: [...first.key], fields: first.fields }, session.clean))
      out(`The first one: ${cut(printable(shown), Math.max(columns * 3, 240))}`)
    }
    for (const problem of problems.slice(0, mostProblems)) err(printable(session.clean(problem)))
    if (problems.length > mostProblems) err(`and ${problems.length - mostProblems} more`)
    if (problems.length > 0 && problems.length === found.length) {
      err('None of the records can be read.')
      return exitFailed
    }
    return 0
  }
  out('The source had nothing to give.')
  return 0
}
