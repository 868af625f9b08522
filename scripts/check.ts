import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Runs the checks one after the other, all of them even when one fails, and says at the end which failed.

const steps: readonly { readonly script: string; readonly what: string }[] = [
  { script: 'check:types', what: 'types' },
  { script: 'lint', what: 'lint, with the rules of the project' },
  { script: 'check:unused', what: 'unused files, exports and dependencies' },
  { script: 'check:repository', what: 'the repository itself' },
  { script: 'check:generated', what: 'generated files are up to date' },
  { script: 'format:check', what: 'format' },
]

const root = fileURLToPath(new URL('..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: Record<string, string> }

const results: { readonly script: string; readonly ok: boolean; readonly seconds: string }[] = []
for (const { script, what } of steps) {
  const command = scripts[script]
  if (command === undefined) throw new Error(`package.json has no script ${script}`)
  console.log(`\n── ${script}: ${what}\n`)
  const begin = performance.now()
  const ok = await succeeds(command)
  results.push({ script, ok, seconds: ((performance.now() - begin) / 1000).toFixed(1) })
}

console.log('')
for (const { script, ok, seconds } of results) console.log(`${ok ? 'ok    ' : 'FAILED'}  ${script.padEnd(18)} ${seconds} s`)
if (results.some(({ ok }) => !ok)) {
  console.log('\nOne alone: npx -y pnpm@12 <name>. The format is mended by `format`, generated files by `generate`.')
  process.exitCode = 1
}

/** Runs a script of package.json as the package manager does: in a shell, in the root, with the tools of the workspace in its path. */
function succeeds(command: string): Promise<boolean> {
  const path = `${root}/node_modules/.bin${process.platform === 'win32' ? ';' : ':'}${process.env['PATH'] ?? ''}`
  return new Promise((resolve, reject) => {
    const child = spawn(command, { cwd: root, shell: true, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PATH: path } })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code === 0))
  })
}
