import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: ['./packages/ledger/src/schema.ts', './packages/ledger/src/budget-schema.ts', './packages/ledger/src/redelivery-schema.ts'],
  out: './migrations',
  schemaFilter: ['weaver'],
})
