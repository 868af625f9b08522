import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { openStates, type Run, type RunState } from '../../api/resources.ts'
import { orderReparse, previewOfReparse } from '../../api/acts.ts'
import { useWatch } from '../../app/operations.tsx'
import { useClient } from '../../app/parts.tsx'
import { useTell } from '../../app/toasts.tsx'
import { plural } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { OrderDialog } from '../../parts/order-dialog.tsx'
import { readAgain } from '../../parts/redelivered.tsx'

const retryable: ReadonlySet<RunState> = new Set(['failed', 'partial', 'timedOut', 'interrupted'])

/** What can be done with one run. */
export function RunActs({ run }: { readonly run: Run }) {
  return (
    <>
      {run.heldDeliveries > 0 ? <Release run={run} /> : null}
      {openStates.has(run.state) ? <Interrupt run={run} /> : null}
      {retryable.has(run.state) && !run.canary && run.trigger !== 'push' ? <Retry run={run} /> : null}
      {run.pages > 0 && run.trigger !== 'canary' ? <Replay run={run} /> : null}
    </>
  )
}

function Interrupt({ run }: { readonly run: Run }) {
  const client = useClient()
  const watch = useWatch()
  const [asked, setAsked] = useState(false)
  const interrupt = useMutation({
    mutationFn: async () => (await client.POST('/v1/runs/{id}/interrupt', { params: { path: { id: run.id } } })).data,
    onSuccess: (operation) => {
      setAsked(false)
      watch(operation)
    },
  })
  return (
    <>
      <button className="button" type="button" onClick={() => setAsked(true)}>
        Interrupt
      </button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title="Interrupt this run?"
        act="Interrupt"
        busy={interrupt.isPending}
        onAct={() => interrupt.mutate()}
      >
        <p>
          It is {run.state}
          {run.workerId === null ? '' : ` on ${run.workerId}`}, with {plural(run.pages, 'page')} stored
          {run.pendingDeliveries === 0
            ? '.'
            : ` and ${plural(run.pendingDeliveries, 'delivery', 'deliveries')} on their way, which are held.`}
        </p>
        <p>The run comes back only when somebody retries it. The stream goes on with its next tick.</p>
        {interrupt.error === null ? null : <ErrorPanel error={interrupt.error} />}
      </Confirm>
    </>
  )
}

/** The same run again: it is queued, and this view shows how it goes on. */
function Retry({ run }: { readonly run: Run }) {
  const client = useClient()
  const cache = useQueryClient()
  const tell = useTell()
  const [asked, setAsked] = useState(false)
  const retry = useMutation({
    mutationFn: () => client.POST('/v1/runs/{id}/retry', { params: { path: { id: run.id } } }),
    onSuccess: () => {
      setAsked(false)
      tell('The run is queued again')
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ['run', run.id] }),
  })
  return (
    <>
      <button className="button" type="button" onClick={() => setAsked(true)}>
        Retry
      </button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title="Retry this run?"
        act="Retry"
        harmful={false}
        busy={retry.isPending}
        onAct={() => retry.mutate()}
      >
        <p>
          The source is asked again, by version {run.streamVersion} as before, from where the stream is now; it is attempt {run.attempt + 1}
          .{run.heldDeliveries === 0 ? '' : ` ${plural(run.heldDeliveries, 'held delivery goes', 'held deliveries go')} on as well.`}
        </p>
        {retry.error === null ? null : <ErrorPanel error={retry.error} />}
      </Confirm>
    </>
  )
}

/** What the run stored, once more through the current version, without asking the source. */
function Replay({ run }: { readonly run: Run }) {
  const client = useClient()
  const [asked, setAsked] = useState(false)
  const wish = { run: run.id }
  return (
    <>
      <button className="button" type="button" onClick={() => setAsked(true)}>
        Replay
      </button>
      {asked ? (
        <OrderDialog
          title={`Replay this run of ${run.stream}?`}
          act="Replay"
          about={wish}
          preview={(signal) => previewOfReparse(client, run.stream, wish, signal)}
          effect={readAgain}
          order={(key) => orderReparse(client, run.stream, wish, key)}
          onClose={() => setAsked(false)}
        >
          <p>
            The pages of this run are read, transformed and delivered again by the current version. The source is not asked; newer data win.
          </p>
        </OrderDialog>
      ) : null}
    </>
  )
}

function Release({ run }: { readonly run: Run }) {
  const client = useClient()
  const cache = useQueryClient()
  const tell = useTell()
  const release = useMutation({
    mutationFn: () => client.POST('/v1/runs/{id}/release', { params: { path: { id: run.id } } }),
    onSuccess: () => tell(`${plural(run.heldDeliveries, 'held delivery', 'held deliveries')} sent on`),
    onError: (error) => tell('That was refused', error.message, 'bad'),
    onSettled: () => void cache.invalidateQueries({ queryKey: ['run', run.id] }),
  })
  return (
    <button className="button" type="button" disabled={release.isPending} onClick={() => release.mutate()}>
      Deliver what is held
    </button>
  )
}
