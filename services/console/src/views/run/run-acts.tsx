import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { openStates, type Run } from '../../api/resources.ts'
import { useWatch } from '../../app/operations.tsx'
import { useClient } from '../../app/parts.tsx'
import { useTell } from '../../app/toasts.tsx'
import { plural } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'

/** What can be done with one run. */
export function RunActs({ run }: { readonly run: Run }) {
  return (
    <>
      {run.heldDeliveries > 0 ? <Release run={run} /> : null}
      {openStates.has(run.state) ? <Interrupt run={run} /> : null}
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
        <p>The run never comes back. The stream goes on with its next tick.</p>
        {interrupt.error === null ? null : <ErrorPanel error={interrupt.error} />}
      </Confirm>
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
