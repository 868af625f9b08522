import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { cleanEnvironment, eventually, freePort, spawnNode, temporaryFolder } from '@data-weaver/testkit'
import { describe, expect, it } from 'vitest'
import { copyRepository } from '../test/repository-copy.ts'
import { missingLine, stepsOf } from '../test/tutorial.ts'

const tutorial = (name: string) => readFile(new URL(`../../../docs/tutorials/${name}`, import.meta.url), 'utf8')

/** Port that the sources of the tutorials listen on. */
const writtenPort = '8124'

/** Follows a tutorial from its first line to its last, in a copy of the repository. */
async function expectFollowed(name: string): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await temporaryFolder('tutorial'))
  const root = folder.join('data-weaver')
  await copyRepository(root)
  await writeNpx(folder.join('bin/npx'), root)
  const port = String(await freePort())
  const markdown = (await tutorial(name)).replaceAll(writtenPort, port)
  const env = { ...cleanEnvironment(), PATH: `${folder.join('bin')}:${process.env.PATH}`, CI: 'true' }
  for (const step of stepsOf(markdown)) {
    if (step.kind === 'file') {
      const path = `${root}/${step.path}`
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, step.content)
      if (!path.endsWith('source.mjs')) continue
      // The one thing that is done in a second terminal.
      stack.use(spawnNode(path))
      await eventually(() => listens(Number(port)), { what: 'the source of the tutorial' })
      continue
    }
    const { status, printed } = await typed(step.script, root, env)
    expect(status, `${step.script}\n${printed}`).toBe(0)
    expect(missingLine(printed, step.prints), `${step.script}\n${printed}`).toBeUndefined()
  }
}

/** Stands for the package manager, which only finds the script and starts it with Node. */
async function writeNpx(path: string, root: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const lines = [
    '#!/bin/sh',
    `[ "$1 $2 $3" = "-y pnpm@12 weaver" ] || { echo "the tutorial runs npx $*" >&2; exit 1; }`,
    'shift 3',
    `exec '${process.execPath}' '${root}/services/cli/src/main.ts' "$@"`,
  ]
  await writeFile(path, `${lines.join('\n')}\n`)
  await chmod(path, 0o755)
}

async function typed(script: string, cwd: string, env: Record<string, string>): Promise<{ status: number | null; printed: string }> {
  // Both streams into one, as a terminal shows them.
  const child = spawn('sh', ['-ec', `exec 2>&1\n${script}`], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (printed += chunk))
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, printed }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

describe('tutorials', () => {
  it.each(['add-a-source.md', 'listen-to-a-websocket.md', 'stream-a-chain.md'])('%s', (name) => expectFollowed(name), 240_000)
})

describe('following a tutorial', () => {
  const markdown =
    'Text.\n\n`a/b.json`:\n\n```json\n{}\n```\n\n```sh\none\ntwo\n```\n\n```text\nfirst …\nlast\n```\n\n```console\n$ not run\n```\n'

  it('finds files, commands and what they print', () => {
    expect(stepsOf(markdown)).toEqual([
      { kind: 'file', path: 'a/b.json', content: '{}\n' },
      { kind: 'commands', script: 'one\ntwo', prints: ['first …', 'last'] },
    ])
  })

  it('finds the line that was not printed, or not in its place', () => {
    expect(missingLine('a\nfirst  (1)\nb\n last.\n', ['first …', 'last.'])).toBeUndefined()
    expect(missingLine('last\nfirst 1\n', ['first …', 'last'])).toBe('last')
    expect(missingLine('lost\n', ['l.st'])).toBe('l.st')
  })
})
