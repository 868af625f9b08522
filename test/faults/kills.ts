import { systemClock } from '@data-weaver/contracts'
import { type FailpointName, failpointNames } from '@data-weaver/failpoints'
import type { Fleet, Member } from './fleet.ts'
import type { RecoveryWatch } from './recovery.ts'

/** Reaching a failpoint may take this long; then the worker is killed from outside and the point is tried again, milliseconds. */
const patienceMs = 6000
/** Workers without a failpoint are killed somewhere in this time after they are up, milliseconds. */
const longestLifeMs = 1500
/** Passed now and then only: by what a queue wakes, by large pages, and by runs that end with a report. */
export const rare: ReadonlySet<FailpointName> = new Set(['sink.received', 'sink.partly', 'fetch.finished', 'fetch.ended'])
/** Every so many kills of workers one supervisor is killed. */
const perSupervisor = 12

/** The name of kills that no failpoint made. */
export const fromOutside = 'at any moment'

export interface KillPlan {
  /** Times that each failpoint ends a worker. */
  readonly perPoint: number
  /** Kills of workers from outside, at any moment. */
  readonly external: number
  /** Kills from outside that have not been made after this time are left out: on a slow machine a start takes seconds. Milliseconds. */
  readonly limitMs: number
  /** Workers that live at the same time. */
  readonly workers: number
  /** In [0, 1). */
  readonly random: () => number
}

export interface Kills {
  readonly byPoint: ReadonlyMap<FailpointName, number>
  readonly external: number
  readonly supervisors: number
}

/** Kills workers at every failpoint and from outside, and supervisors in between, until the plan is fulfilled. */
export async function killAll(fleet: Fleet, watch: RecoveryWatch, plan: KillPlan): Promise<Kills> {
  const { random } = plan
  const byPoint = new Map<FailpointName, number>(failpointNames.map((name) => [name, 0]))
  const deck: (FailpointName | undefined)[] = shuffled(
    [
      ...failpointNames.flatMap((name) => Array.from({ length: plan.perPoint }, () => name)),
      ...Array.from({ length: plan.external }, () => undefined),
    ],
    random,
  )
  let external = 0
  let supervisors = 0
  let since = 0
  const until = systemClock.monotonic() + plan.limitMs

  const live = async (point: FailpointName | undefined): Promise<void> => {
    // A point that is passed all the time is hit sooner or later, not always at the first run of a worker's life.
    const worker = await startKilled(fleet, point === undefined ? undefined : `${point}=kill@${rare.has(point) ? 1 : 0.4}`)
    const limit = new AbortController()
    const waited = systemClock.sleep(point === undefined ? random() * longestLifeMs : patienceMs, limit.signal).catch(() => {})
    await Promise.race([worker.process.exited, waited])
    limit.abort()
    const killedItself = worker.process.child.signalCode === 'SIGKILL'
    await worker.process.end('SIGKILL')
    const hit = killedItself ? point : undefined
    await watch.lost(worker.id, hit ?? fromOutside)
    if (hit === undefined) external += 1
    else byPoint.set(hit, (byPoint.get(hit) ?? 0) + 1)
    if (hit === undefined && point !== undefined) deck.unshift(point)
  }
  const slot = async (): Promise<void> => {
    while (deck.length > 0) {
      const point = deck.pop()
      if (point === undefined && systemClock.monotonic() > until) continue
      await live(point)
      since += 1
      if (since < perSupervisor) continue
      since = 0
      supervisors += 1
      await killSupervisor(fleet)
    }
  }
  await Promise.all(Array.from({ length: plan.workers }, slot))
  return { byPoint, external, supervisors }
}

/** A worker that may be dead before it said that it is up. */
async function startKilled(fleet: Fleet, failpoints: string | undefined): Promise<Member> {
  const before = new Set(fleet.members)
  const starting = fleet.startWorker(failpoints === undefined ? {} : { failpoints })
  const member = [...fleet.members].find((candidate) => !before.has(candidate)) as Member
  return await starting.catch((error: unknown) => {
    if (member.process.child.signalCode === 'SIGKILL') return member
    throw error
  })
}

/** Kills the oldest supervisor and starts another: with two of them, each is the leader at some time. */
async function killSupervisor(fleet: Fleet): Promise<void> {
  const [oldest] = [...fleet.members].filter(({ role }) => role === 'supervisor')
  await oldest?.process.end('SIGKILL')
  await fleet.startSupervisor()
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const cards = [...items]
  for (let at = cards.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1))
    ;[cards[at], cards[other]] = [cards[other] as T, cards[at] as T]
  }
  return cards
}
