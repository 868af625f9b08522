export { parseConfig } from './config.ts'
export { adapter, adapterForName, adapters } from './registry.ts'
