export { parseConfig } from './config.ts'
export { adapterReference } from './reference.ts'
export { adapter, adapterForName, adapters } from './registry.ts'
