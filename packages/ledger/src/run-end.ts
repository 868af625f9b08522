/**
 * What the end of a run's fetch means for its stream, as parts of the statements that end runs. The stream's row is locked by then.
 */

/** A fetch is good when it came to its end, whatever the sinks say later: data with dead letters are still fresh data. */
const verdict = { good: `e.outcome = 'fetched' and e.state <> 'interrupted'`, bad: `e.outcome in ('failed', 'timedOut')` }

/**
 * A data-modifying expression `freed`: the stream is free for the next run, failures in a row are counted or forgotten, a stream that
 * failed too often is paused, a probe that succeeds lets it go on, a version on trial that is good counts down and one that fails is
 * given up. `ended` names an expression with (id, stream_id, state, outcome, canary, trigger, started_at, pause_after, probe_ms).
 */
export const streamAfterEnd = (ended: string): string => `freed as (
     update weaver.streams s set
       active_run_id = case when s.active_run_id = e.id and e.state <> 'waiting' then null else s.active_run_id end,
       ${afterGoodOrBad('e', verdict)}
     from ${ended} e where s.id = e.stream_id)`

/** The same for the commit of a last page, which also moves the cursor. */
export const streamAfterRun = (ended: string, { moved }: { readonly moved: string }): string => `freed as (
     update weaver.streams s set
       cursor = case when m.moves and s.active_run_id = m.run_id then m.cursor else s.cursor end,
       active_run_id = case when m.ends and s.active_run_id = m.run_id then null else s.active_run_id end,
       ${afterGoodOrBad('e', { good: 'm.ends' })}
     from ${moved} m join ${ended} e on e.id = m.run_id where s.id = m.stream_id and (m.ends or m.moves))`

/** A live run that ends well so soon has nothing to do: it rests before the next one begins. */
const restlessFor = '10 s'
const rest = '30 s'

interface Verdict {
  /** When the run was good. */
  readonly good: string
  /** When it counts as failed; absent: it cannot. */
  readonly bad?: string
}

/** What a backfill came to says nothing about the stream: what it fetched is old, and its window may have been wrong. */
function afterGoodOrBad(e: string, verdict: Verdict): string {
  const counts = (condition: string): string => `(${condition}) and ${e}.trigger <> 'backfill'`
  const good = counts(verdict.good)
  const bad = verdict.bad === undefined ? undefined : counts(verdict.bad)
  // A version that was given up may still have runs, which say nothing of the one that is tried now.
  const trial = `case when ${e}.canary then s.canary_version = (select v.stream_version from weaver.runs v where v.id = ${e}.id) else false end`
  const whenBad = (condition: string, value: string): string => (bad === undefined ? '' : `when (${bad}) and ${condition} then ${value}`)
  const pauses = `not ${e}.canary and s.desired = 'started' and ${e}.pause_after is not null and s.failures + 1 >= ${e}.pause_after`
  const probes = `((${pauses}) or (${e}.trigger = 'probe' and s.paused_by = 'failures'))`
  const givenUp = (column: string): string => `${column} = case ${whenBad(trial, 'null')} else s.${column} end`
  return `good_at = case when (${good}) and ${e}.trigger <> 'canary' then now() else s.good_at end,
       failures = case when ${e}.canary then s.failures when ${good} then 0 ${whenBad('true', 's.failures + 1')} else s.failures end,
       desired = case when (${good}) and s.paused_by = 'failures' then 'started' ${whenBad(pauses, `'paused'`)} else s.desired end,
       paused_by = case when (${good}) and s.paused_by = 'failures' then null ${whenBad(pauses, `'failures'`)} else s.paused_by end,
       recovered_at = case when (${good}) and s.paused_by = 'failures' then now() else s.recovered_at end,
       probe_at = case when ${good} then null ${whenBad(probes, `now() + ${e}.probe_ms * interval '1 ms'`)} else s.probe_at end,
       resume_at = case when s.continuous and (${good}) and ${e}.started_at > now() - interval '${restlessFor}' then now() + interval '${rest}'
         ${whenBad('s.continuous', `now() + least(60000, 500 * 2 ^ least(s.failures + 1, 10)) * interval '1 ms'`)} end,
       canary_left = case when ${trial} and (${good}) then s.canary_left - 1 ${whenBad(trial, 'null')} else s.canary_left end${
         bad === undefined ? '' : `,\n       ${givenUp('canary_version')},\n       ${givenUp('canary_mode')}`
       }`
}

/** The oldest run of the stream that waits in line, to be woken now that the stream is free. */
export const nextQueued = (ends: string, streamId: string): string =>
  `case when ${ends} then (select q.id::text from weaver.runs q where q.stream_id = ${streamId} and q.enqueue_after is not null and q.state = 'queued' order by q.id limit 1) end`
