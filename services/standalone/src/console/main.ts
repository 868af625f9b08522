import { fileURLToPath } from 'node:url'
import { systemClock } from '@data-weaver/contracts'
import { buildConsole } from './build.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const folder = `${root}services/console`
const parts = [
  ...['index.html', 'package.json', 'public', 'src', 'tsconfig.json', 'vite.config.ts'].map((part) => `${folder}/${part}`),
  `${root}packages/client/src`,
  `${root}packages/contracts/src`,
  `${root}pnpm-lock.yaml`,
]

// Its status says what happened: 0 when there is nothing to build, 10 when it was built, 1 when it could not be.
const built = 10
process.exitCode = (await buildConsole({ folder, parts }, systemClock)) ? built : 0
