import { type Clock, type Log, WeaverError } from '@data-weaver/contracts'

/** The places of a run where a process can be made to die, stop, fail or wait, in the order in which a run passes them. */
export const failpointNames = [
  'fetch.received',
  'fetch.claimed',
  'fetch.requesting',
  'fetch.answered',
  'fetch.stored',
  'fetch.committed',
  'fetch.woken',
  'fetch.ended',
  'fetch.finished',
  'sink.received',
  'sink.begun',
  'sink.read',
  'sink.transformed',
  'sink.partly',
  'sink.upserted',
  'sink.acknowledged',
  'sink.finished',
] as const
export type FailpointName = (typeof failpointNames)[number]

const actions = ['kill', 'stop', 'error', 'delay'] as const
type Action = (typeof actions)[number]

interface Armed {
  readonly action: Action
  /** Only for `delay`, milliseconds. */
  readonly delayMs: number
  readonly probability: number
  left: number
}

export interface Failpoint {
  readonly name: FailpointName
  readonly action: Action
  readonly delayMs: number
  /** How often it acts at most. */
  readonly count: number
  readonly probability: number
}

export interface FailpointParts {
  readonly clock: Clock
  readonly log: Log
  /** In [0, 1). */
  readonly random: () => number
}

/** Undefined in every process that nobody armed: a failpoint then costs one comparison. */
let armed: (FailpointParts & { readonly points: ReadonlyMap<FailpointName, Armed> }) | undefined

const syntax = /^([a-z]+\.[a-z]+)=(kill|stop|error|delay:(\d{1,6}))(?:\*(\d{1,6}))?(?:@(0?\.\d+|1|1\.0))?$/

/**
 * Reads `name=action[*count][@probability]`, several separated by commas. Actions: `kill` and `stop` send this process SIGKILL or
 * SIGSTOP, `error` throws, `delay:<ms>` waits.
 * @throws WeaverError `invalid_settings`, also when failpoints are not allowed.
 */
export function parseFailpoints(text: string, allowed: boolean): readonly Failpoint[] {
  if (text === '') return []
  if (!allowed) {
    throw refused(
      'is for tests only and not allowed',
      'It makes the process fail on purpose. Unset it, or set WEAVER_FAILPOINTS_ALLOWED=1.',
    )
  }
  return text.split(',').map((part): Failpoint => {
    const [, name, what = '', ms, count, probability] = syntax.exec(part) ?? []
    const known = failpointNames.find((candidate) => candidate === name)
    if (known === undefined) throw refused(`has no meaning at "${part}"`, `Write <name>=<action>. Names: ${failpointNames.join(', ')}.`)
    const action = actions.find((candidate) => what.startsWith(candidate)) as Action
    return {
      name: known,
      action,
      delayMs: ms === undefined ? 0 : Number(ms),
      count: count === undefined ? Infinity : Number(count),
      probability: probability === undefined ? 1 : Number(probability),
    }
  })
}

const refused = (problem: string, hint: string): WeaverError =>
  new WeaverError('invalid_settings', `WEAVER_FAILPOINTS ${problem}`, { errors: [{ field: 'WEAVER_FAILPOINTS', problem, hint }] })

/** Arms failpoints for the life of the process, or disarms all with an empty list. */
export function armFailpoints(points: readonly Failpoint[], parts: FailpointParts): void {
  if (points.length === 0) {
    armed = undefined
    return
  }
  parts.log.warn(
    { failpoints: points.map(({ name, action }) => `${name}=${action}`) },
    'failpoints are armed: this process fails on purpose',
  )
  armed = { ...parts, points: new Map(points.map(({ name, count, ...point }) => [name, { ...point, left: count }])) }
}

/**
 * A named place where a test can make the process fail. Does nothing and answers undefined unless it was armed.
 * @throws WeaverError `internal` when armed with `error`: what came before has happened, and the caller sees a failure.
 */
export function failpoint(name: FailpointName): Promise<void> | undefined {
  if (armed === undefined) return undefined
  return act(name, armed)
}

async function act(name: FailpointName, { points, clock, random, log }: NonNullable<typeof armed>): Promise<void> {
  const point = points.get(name)
  if (point === undefined || point.left === 0 || random() >= point.probability) return
  point.left -= 1
  log.warn({ failpoint: name, action: point.action }, 'failpoint reached')
  if (point.action === 'kill') process.kill(process.pid, 'SIGKILL')
  if (point.action === 'stop') process.kill(process.pid, 'SIGSTOP')
  if (point.action === 'error') throw new WeaverError('internal', `failpoint ${name}`)
  if (point.action === 'delay') await clock.sleep(point.delayMs)
}
