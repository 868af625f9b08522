import { describe } from 'vitest'
import { describeDeclaration } from '../src/conformance/described.ts'
import { describeFixtures } from '../src/conformance/described-fixtures.ts'
import { kafka } from './index.ts'

// The suite for live sources speaks HTTP; what it asks for is tested against a real broker.
describe('conformance of kafka', () => {
  describeDeclaration(kafka)
  describeFixtures(kafka, new URL('fixtures/', import.meta.url))
})
