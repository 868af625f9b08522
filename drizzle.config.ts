import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: ['schema', 'budget-schema', 'redelivery-schema', 'audit-schema', 'idempotency-schema'].map(
    (name) => `./packages/ledger/src/${name}.ts`,
  ),
  out: './migrations',
  schemaFilter: ['weaver'],
})
