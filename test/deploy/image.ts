import { execFile } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import { dirname, join, matchesGlob } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { repositoryFile } from './compose.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Instruction {
  readonly word: string
  readonly rest: string
}

export interface Stage {
  readonly name: string
  readonly instructions: readonly Instruction[]
}

/** The stages of the Dockerfile, continued lines joined and comments left out. The last stage is named `image`. */
export function readStages(text: string = repositoryFile('deploy/docker/Dockerfile')): readonly Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const stages: { name: string; instructions: Instruction[] }[] = []
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (word === 'FROM') stages.push({ name: / AS (\S+)$/.exec(rest)?.[1] ?? 'image', instructions: [] })
    else stages.at(-1)?.instructions.push({ word, rest })
  }
  return stages
}

/** Whether a file of the repository is sent to the builder: of the lines of .dockerignore that match it or a folder above it, the last one says. */
export function inContext(path: string, ignored: string = repositoryFile('.dockerignore')): boolean {
  const above = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
  const lines = ignored.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const last = lines.findLast((line) => above.some((part) => matchesGlob(part, line.replace(/^!/, ''))))
  return last === undefined || last.startsWith('!')
}

/** The files of the repository that the builder gets: those that are committed or would be. */
export async function contextFiles(): Promise<readonly string[]> {
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout.split('\0').filter((path) => path !== '' && inContext(path))
}

/**
 * Plays the stages as commands, each in a folder of its own below `folder`, without an engine: what is copied is copied, what is run is run by
 * `sh` in the folder of the stage, with the programs in `path` first. Answers the folder of the last stage's `/app`.
 */
export async function playImage(folder: string, path: string): Promise<string> {
  const { stdout } = await run('npx', ['-y', 'pnpm@12', 'store', 'path'], { cwd: folder })
  const store = dirname(stdout.trim().split('\n').at(-1) ?? '')
  let last = ''
  for (const { name, instructions } of readStages()) {
    last = join(folder, name)
    await mkdir(last)
    for (const { word, rest } of instructions) {
      if (word === 'COPY') await copy(folder, last, rest)
      if (word === 'RUN') {
        const command = rest.replace(/^--mount=\S+\s*/, '').replace('/pnpm/store', store)
        const env = { ...process.env, CI: 'true', PATH: `${path}:${process.env['PATH']}` }
        await run('sh', ['-euc', command], { cwd: last, env, maxBuffer: 64 * 1024 * 1024 })
      }
    }
  }
  return last
}

async function copy(folder: string, stage: string, rest: string): Promise<void> {
  const [, from, source = '', target = ''] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(rest) ?? []
  const inStage = (path: string) => join(stage, path.replace(/^\/app\/?/, ''))
  if (from !== undefined) {
    // As they are: links of the installed packages are relative, and stay so.
    await cp(join(folder, from, source.replace(/^\/app\/?/, '')), inStage(target), { recursive: true, verbatimSymlinks: true })
    return
  }
  if (source !== '.' || target !== '.') throw new Error(`COPY ${rest} is not known here`)
  for (const path of await contextFiles()) {
    await mkdir(dirname(join(stage, path)), { recursive: true })
    // A file that is removed and not yet committed so.
    await cp(join(root, path), join(stage, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
}
