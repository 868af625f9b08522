export { eventually, type EventuallyOptions } from './eventually.ts'
export { createDatabase, type OwnedPostgres, type Postgres, type Preparation, startOwnPostgres, startPostgres, type TestDatabase } from './postgres.ts'
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts'
