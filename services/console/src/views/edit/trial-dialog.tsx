import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Stream } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { useTell } from '../../app/toasts.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { NumberField } from '../../parts/number-field.tsx'
import { Ways } from '../../parts/ways.tsx'
import { beginTrial, type TrialMode } from './save.ts'

interface TrialDialogProps {
  readonly stream: Stream & { readonly etag?: string | undefined }
  /** What differs from the current version. */
  readonly patch: object
  readonly onClose: () => void
}

const modes = [
  ['instead', 'Instead of the current version: its documents reach the sinks.'],
  ['beside', 'Beside the current version: each tick runs twice, and its pages are stored, read and transformed, but reach no sink.'],
] as const

/** A change is tried on some ticks before it is current. */
export function TrialDialog({ stream, patch, onClose }: TrialDialogProps) {
  const client = useClient()
  const cache = useQueryClient()
  const navigate = useNavigate()
  const tell = useTell()
  const [mode, setMode] = useState<TrialMode>('beside')
  const [ticks, setTicks] = useState('3')
  const begin = useMutation({
    mutationFn: () => beginTrial(client, stream.name, stream.etag, { change: patch, mode, ticks: Number(ticks) }),
    onSuccess: async () => {
      tell(`The change of ${stream.name} is on trial`, `Current after ${ticks} good runs, given up with the first failed one.`)
      await cache.invalidateQueries({ queryKey: ['stream', stream.name] })
      void navigate({ to: '/streams/$stream', params: { stream: stream.name }, search: {} })
    },
  })
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Put the change of ${stream.name} on trial`}
      act="Begin the trial"
      harmful={false}
      ready={Number.isInteger(Number(ticks)) && Number(ticks) > 0}
      busy={begin.isPending}
      onAct={() => begin.mutate()}
    >
      <Ways legend="How it is tried" name="mode" ways={modes} value={mode} onWay={setMode} />
      <div className="small-form">
        <NumberField label="Good runs that make it current" max={1000} value={ticks} onValue={setTicks} />
      </div>
      {begin.error === null ? null : <ErrorPanel error={begin.error} />}
    </Confirm>
  )
}
