import { describeFixtures } from './conformance.ts'
import { adapters } from './registry.ts'

for (const adapter of adapters) describeFixtures(adapter, new URL(`../${adapter.id}/fixtures/`, import.meta.url))
