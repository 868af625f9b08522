import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// For the tests of adapters that lie outside this repository: what they import of it by name is found, without being installed.

const packages = new URL('../../../packages/', import.meta.url)
const file = (path: string) => fileURLToPath(new URL(path, packages))
const installed = (name: string) => fileURLToPath(import.meta.resolve(name))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@data-weaver\/adapters\/(conformance|kit)$/, replacement: file('adapters/src/$1.ts') },
      { find: /^@data-weaver\/adapters\/kit\/grpc$/, replacement: file('adapters/src/grpc/kit.ts') },
      { find: /^@data-weaver\/contracts$/, replacement: file('contracts/src/index.ts') },
      { find: /^typebox$/, replacement: installed('typebox') },
      { find: /^@bufbuild\/protobuf$/, replacement: installed('@bufbuild/protobuf') },
      { find: /^@bufbuild\/protobuf\/codegenv2$/, replacement: installed('@bufbuild/protobuf/codegenv2') },
      { find: /^vitest$/, replacement: installed('vitest') },
    ],
  },
  test: { include: ['**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
})
