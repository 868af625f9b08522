import { basename, dirname, join, resolve } from 'node:path'
import {
  adapter as byId,
  loadOutsideAdapters,
  registered,
  type RegisteredAdapter,
  registeredAdapters,
  useAdapters,
} from '@data-weaver/adapters'
import { parseSettings, type Settings, WeaverError } from '@data-weaver/contracts'
import { readSettingFiles } from '@data-weaver/process'
import type { Surroundings } from '../surroundings.ts'

/** The adapter that a command is about. */
export interface Choice extends RegisteredAdapter {
  /** Absolute folder of its code, with `fixtures/` in it. */
  readonly folder: string
  readonly settings: Settings
}

/**
 * Finds the adapter by its id, among those of the repository and those that WEAVER_ADAPTERS names, or by the folder it lies in.
 * @throws WeaverError `unknown_adapter`, `invalid_settings`, or `invalid_config` saying why a folder holds no adapter
 */
export async function chooseAdapter(named: string, surroundings: Surroundings): Promise<Choice> {
  const { environment, cwd, clock, root } = surroundings
  const settings = parseSettings('standalone', await readSettingFiles(environment))
  useAdapters(await loadOutsideAdapters(settings.WEAVER_ADAPTERS, { from: cwd, clock }))
  const chosen = isFolder(named) ? await inFolder(resolve(cwd, named), surroundings) : registered(named)
  const folder = chosen.origin.kind === 'package' ? chosen.origin.folder : join(root, 'packages/adapters', chosen.adapter.id)
  return { ...chosen, folder, settings }
}

/** A path has a separator or begins with a dot; an id has neither. */
export const isFolder = (named: string): boolean => /[/\\]|^\./.test(named)

async function inFolder(folder: string, { clock, root }: Surroundings): Promise<RegisteredAdapter> {
  if (dirname(folder) === join(root, 'packages/adapters')) return { adapter: byId(basename(folder)), origin: { kind: 'builtIn' } }
  const known = registeredAdapters().find(({ origin }) => origin.kind === 'package' && origin.folder === folder)
  if (known !== undefined) return known
  const found = await load(folder, clock)
  if (found.length === 1 && found[0] !== undefined) return found[0]
  const ids = found.map(({ adapter }) => adapter.id).join(', ')
  throw new WeaverError('unknown_adapter', `The package in ${folder} has several adapters.`, {
    errors: [{ field: folder, problem: 'has several adapters', hint: `Set WEAVER_ADAPTERS=${folder}, and name one of them: ${ids}.` }],
  })
}

async function load(folder: string, clock: Surroundings['clock']): Promise<readonly RegisteredAdapter[]> {
  try {
    const registry = await loadOutsideAdapters(folder, { from: folder, clock, field: 'The argument' })
    return registry.all.filter(({ origin }) => origin.kind === 'package')
  } catch (error) {
    // What was typed is no setting, although what is wrong with it is the same.
    if (error instanceof WeaverError && error.code === 'invalid_settings')
      throw new WeaverError('invalid_config', error.message, { errors: error.errors, cause: error })
    throw error
  }
}
