export { adapterIdPattern } from './adapter-id.ts'
export { parseConfig } from './config.ts'
export { heldPage } from './held-page.ts'
export { loadOutsideAdapters } from './outside.ts'
export { adapterReference } from './reference.ts'
export {
  adapter,
  adapterForName,
  type AdapterOrigin,
  type AdapterRegistry,
  adapters,
  registered,
  type RegisteredAdapter,
  registeredAdapters,
  useAdapters,
} from './registry.ts'
