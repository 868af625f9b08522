import { type Decoder, decoder } from './decoder/decoder.ts'
import { type Paging, paging } from './pagination/paging.ts'
import { type RequestPlan, requestPlan } from './request.ts'
import { defaultMaxPages } from './schema/field.ts'
import type { Pagination } from './schema/pagination.ts'
import type { Decoder as DecoderConfig, Records } from './schema/records.ts'
import type { PartitionRequest } from './schema/request.ts'
import type { Scalar } from './template.ts'

/** A list of pages, compiled: how they are asked for, how they are read, how they go on. */
export interface ListPlan {
  readonly request: RequestPlan
  readonly paging: Paging | undefined
  readonly maxPages: number
  readonly decoder: Decoder
  readonly type: DecoderConfig['type']
}

interface List {
  readonly request: PartitionRequest
  readonly records?: Records
  readonly pagination?: Pagination
}

interface Surroundings {
  readonly values: Readonly<Record<string, Scalar>>
  readonly ownQuery: string | undefined
  /** Names that the columns of a table must have. */
  readonly required: readonly string[]
}

export function listPlan({ request, records, pagination }: List, { values, ownQuery, required }: Surroundings): ListPlan {
  const reading = decoder(records, required)
  return {
    request: requestPlan(request, { values, ownQuery, accept: reading.accept }),
    paging: pagination && paging(pagination, ownQuery),
    maxPages: pagination?.maxPages ?? defaultMaxPages,
    decoder: reading,
    type: records?.decoder?.type ?? 'json',
  }
}
