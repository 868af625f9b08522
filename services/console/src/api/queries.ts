import type { Client } from '@data-weaver/client'
import { documentQueries } from './document-queries.ts'
import { fleetQueries } from './fleet-queries.ts'
import { operationQueries } from './operation-queries.ts'
import { resultQueries } from './result-queries.ts'
import { runQueries } from './run-queries.ts'
import { streamPastQueries } from './stream-past-queries.ts'
import { streamQueries } from './stream-queries.ts'

/** All that the console reads of the API, by its address. */
export const queries = (client: Client) => ({
  ...streamQueries(client),
  ...streamPastQueries(client),
  ...runQueries(client),
  ...resultQueries(client),
  ...documentQueries(client),
  ...fleetQueries(client),
  ...operationQueries(client),
})
