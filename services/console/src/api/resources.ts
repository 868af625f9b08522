import type { components, paths } from '@data-weaver/client'

type Schemas = components['schemas']

export type Stream = Schemas['Stream']
export type StreamVersion = Schemas['StreamVersion']
export type Run = Schemas['Run']
export type RunState = Run['state']
export type RunLogLine = Schemas['RunLogLine']
export type Delivery = NonNullable<Result['deliveries']>[number]
export type Result = Schemas['Result']
export type Document = Schemas['Document']
export type DeadLetter = Schemas['DeadLetter']
export type DeadLetterGroup = Schemas['DeadLetterGroup']
export type RedeliveryPreview = Schemas['RedeliveryPreview']
export type Worker = Schemas['Worker']
export type Adapter = Schemas['Adapter']
export type CheckAnswer = Schemas['CheckAnswer']
export type Operation = Schemas['Operation']
export type ActionPreview = Schemas['ActionPreview']
export type BudgetConfig = paths['/v1/budgets/{name}']['put']['requestBody']['content']['application/json']
export type Budget = Schemas['Budget']
export type Tick = Schemas['Tick']
export type Backfill = Schemas['Backfill']
export type TickRuns = Schemas['TickRuns']
export type VersionDiff = Schemas['VersionDiff']
export type StreamAction = Exclude<
  Operation['action'],
  'interrupt' | 'drainWorker' | 'reparse' | 'redrive' | 'discard' | 'runTicks' | 'backfill'
>
export type Overview = Schemas['Overview']
export type RunStub = NonNullable<Stream['lastRuns']>[number]
export type BulkChange = NonNullable<paths['/v1/streams/actions']['post']['requestBody']['content']['application/json']['change']>
export type StreamFilter = NonNullable<Operation['scope']['filter']>
export type StreamOrder = NonNullable<NonNullable<paths['/v1/streams']['get']['parameters']['query']>['order']>
export type DeadLetterWish = paths['/v1/dead-letters/redrive']['post']['requestBody']['content']['application/json']
export type ReparseWish = NonNullable<paths['/v1/streams/{id}/reparse']['post']['requestBody']>['content']['application/json']
export type RunError = NonNullable<Run['error']>

/** Runs that have not ended. */
export const openStates: ReadonlySet<RunState> = new Set(['queued', 'running', 'waiting', 'stopping', 'delivering'])
