import { fileURLToPath } from 'node:url'
import { withheldTables, workerRights } from '@data-weaver/ledger'
import { expect, it } from 'vitest'
import { readTree } from '../../scripts/repository/tree.ts'

it('each table of the ledger is granted to workers or withheld from them, in packages/ledger/src/worker-role.ts', async () => {
  const tree = await readTree(fileURLToPath(new URL('../..', import.meta.url)))
  const schemas = tree.filter(({ path }) => /^packages\/ledger\/src\/[a-z-]*schema\.ts$/.test(path))
  const tables = schemas.flatMap(({ text }) => [...text.matchAll(/weaver\.table\(\s*'([a-z_]+)'/g)].map(([, name]) => name as string))
  expect(tables.length).toBeGreaterThan(15)
  expect(tables.toSorted()).toEqual([...Object.keys(workerRights), ...withheldTables].filter((name) => name !== 'migrations').toSorted())
})
