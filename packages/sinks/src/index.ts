export { parseSinkEntries } from './entries.ts'
export { sinkKind, sinks } from './registry.ts'
export { postgres } from '../postgres/index.ts'
export { vespa } from '../vespa/index.ts'
