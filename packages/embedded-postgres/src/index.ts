export { closeFolder } from './account.ts'
export { freePort, portIsFree } from './port.ts'
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './start.ts'
