import type { Adapter } from '@data-weaver/contracts'
import { backfill } from './backfill.ts'
import { largeRecords } from './large/records.ts'
import { records } from './records.ts'
import { HttpConfig, HttpSecrets } from './schema.ts'
import { validate } from './validate/validate.ts'
import { pages } from './walk.ts'

export const http: Adapter<typeof HttpConfig, typeof HttpSecrets> = {
  id: 'http',
  summary: 'Any source over HTTP, described by configuration: requests, credentials, pages, partitions, and how its answers are read.',
  mode: 'poll',
  config: HttpConfig,
  secrets: HttpSecrets,
  example: {
    request: { url: 'https://api.example.com/v1/items', query: { status: 'open' } },
    auth: { type: 'bearer', secret: 'key' },
    records: { path: 'items' },
    pagination: { type: 'page', parameter: 'page', size: { parameter: 'per_page', value: 100 }, stop: { on: 'shortPage' } },
    primaryKey: ['id'],
    incremental: { path: 'updated_at', parameter: 'updated_since', order: 'time' },
  },
  startMessage: {
    secret: 'key',
    config: (endpoint, secret) => ({
      request: { url: endpoint },
      primaryKey: ['id'],
      ...(secret ? { auth: { type: 'bearer', secret: 'key' } } : {}),
    }),
  },
  backfill,
  validate,
  pages,
  records,
  largeRecords,
}
