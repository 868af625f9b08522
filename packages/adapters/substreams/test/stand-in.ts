// An endpoint for tests elsewhere: `@data-weaver/adapters/conformance/substreams`.
export { Chain, type ChainBlock, cursorOf } from './chain.ts'
export { Endpoint } from './endpoint.ts'
export { packageBytes, transfers } from './package.ts'
