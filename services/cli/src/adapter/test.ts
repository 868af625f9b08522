import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { differences, type Fixture, type Outcome, outcomesOf, readFixtures, writeGolden } from '@data-weaver/adapters/golden'
import { type Adapter, toWeaverError } from '@data-weaver/contracts'
import { errorText, exitFailed } from '../failure.ts'
import { printable } from '../printable.ts'
import type { Command } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import { type Choice, chooseAdapter } from './choice.ts'

export const test: Command = {
  usage: 'adapter test <id or folder> [--update] [--fixtures-only]',
  purpose: 'Plays recorded pages, compares their documents with golden files, and runs the tests of the adapter.',
  options: {
    update: { type: 'boolean', help: 'Writes what comes of the pages as their golden files.' },
    'fixtures-only': { type: 'boolean', help: 'Leaves out the tests of the adapter, which are the conformance suite and its own.' },
  },
  arguments: [1, 1],
  async run(given, surroundings) {
    const choice = await chooseAdapter(given.positionals[0] ?? '', surroundings)
    const played = await play(choice, given.flag('update'), surroundings)
    if (given.flag('fixtures-only')) return played ? 0 : exitFailed
    const passed = await runTests(choice, surroundings)
    return played && passed ? 0 : exitFailed
  },
}

/** Plays all fixtures of the adapter; whether everything is as it should be. */
async function play({ adapter, folder }: Choice, update: boolean, { out, err, cwd }: Surroundings): Promise<boolean> {
  const place = join(folder, 'fixtures')
  const fixtures = await readFixtures(place)
  if (fixtures.length === 0) {
    err(`There are no recorded pages in ${relative(cwd, place)}. Record some: weaver adapter record ${adapter.id} --config file.json`)
    return false
  }
  let right = true
  for (const fixture of fixtures) {
    const outcomes = attempt(adapter, fixture, err)
    if (outcomes === undefined) {
      right = false
      continue
    }
    const different = fixture.golden === undefined ? ['has no golden file yet'] : differences(fixture.golden, outcomes)
    if (different.length > 0 && update) {
      await writeGolden(place, fixture.name, outcomes)
      out(`${fixture.name}: wrote the golden file, ${counted(outcomes)}`)
    } else if (different.length > 0) {
      right = false
      err(`${fixture.name}: ${counted(outcomes)}, not as the golden file has them`)
      for (const difference of different) err(`  ${printable(difference)}`)
    } else {
      out(`${fixture.name}: ${counted(outcomes)}, as the golden file has them`)
    }
  }
  if (!right && !update) err('If it should be so, --update writes the golden files anew.')
  return right
}

function attempt(adapter: Adapter, fixture: Fixture, err: Surroundings['err']): Outcome[] | undefined {
  try {
    return outcomesOf(adapter, fixture)
  } catch (error) {
    err(`${fixture.name}: cannot be played\n${errorText(toWeaverError(error))}`)
    return undefined
  }
}

function counted(outcomes: readonly Outcome[]): string {
  const problems = outcomes.filter((outcome) => 'problem' in outcome).length
  const documents = outcomes.length - problems
  return `${documents} ${documents === 1 ? 'document' : 'documents'}${problems === 0 ? '' : ` and ${problems} that cannot be read`}`
}

/** Runs the test files in the adapter's folder, with what this repository has: a package from outside need not have installed anything. */
async function runTests({ folder, origin }: Choice, { root, err, signal }: Surroundings): Promise<boolean> {
  const runner = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const inside = ['--root', root, '--project', 'embedded', relative(root, folder)]
  const outside = ['--root', folder, '--config', fileURLToPath(new URL('../outside-tests.config.ts', import.meta.url))]
  const args = [runner, 'run', ...(origin.kind === 'builtIn' ? inside : outside)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], cwd: root, signal })
  child.on('error', (error) => {
    if (!signal.aborted) err(`The tests cannot be started: ${error.message}`)
  })
  const [code] = (await once(child, 'close').catch(() => [null])) as [number | null]
  return code === 0
}
