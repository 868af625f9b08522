import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Stream } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { useTell } from '../../app/toasts.tsx'
import { plural } from '../../parts/amounts.ts'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'

type Canary = NonNullable<Stream['canary']>

const words = {
  accept: {
    act: 'Make it current',
    said: 'is current now',
    effect: 'It becomes current at once, whatever good runs it still needs.',
  },
  giveUp: {
    act: 'Give it up',
    said: 'is given up',
    effect: 'The stream goes on with the version it has. What the version on trial has fetched stays.',
  },
} as const

/** A version that is tried before it is current: how far it is, and its end by hand. */
export function Trial({ stream, canary }: { readonly stream: Stream & { readonly etag?: string | undefined }; readonly canary: Canary }) {
  const [asked, setAsked] = useState<keyof typeof words>()
  return (
    <div className="notice">
      <p>
        <Link from="/streams/$stream" to="." search={{ tab: 'configuration', version: String(canary.version) }}>
          Version {canary.version}
        </Link>{' '}
        is on trial{' '}
        {canary.mode === 'beside' ? `beside version ${stream.version}; its pages reach no sink` : `instead of version ${stream.version}`}.
        It becomes current after {plural(canary.ticksLeft, 'more good run')}, and is given up with its first failed one.
      </p>
      <div className="acts">
        {(['accept', 'giveUp'] as const).map((one) => (
          <button key={one} className="button small" type="button" onClick={() => setAsked(one)}>
            {words[one].act}
          </button>
        ))}
      </div>
      {asked === undefined ? null : <End stream={stream} canary={canary} how={asked} onClose={() => setAsked(undefined)} />}
    </div>
  )
}

interface EndProps {
  readonly stream: Stream & { readonly etag?: string | undefined }
  readonly canary: Canary
  readonly how: keyof typeof words
  readonly onClose: () => void
}

function End({ stream, canary, how, onClose }: EndProps) {
  const client = useClient()
  const cache = useQueryClient()
  const tell = useTell()
  const { act, said, effect } = words[how]
  const end = useMutation({
    mutationFn: async () => {
      const header = stream.etag === undefined ? {} : { 'if-match': stream.etag }
      const params = { path: { id: stream.name }, header }
      await (how === 'accept'
        ? client.POST('/v1/streams/{id}/canary/accept', { params })
        : client.DELETE('/v1/streams/{id}/canary', { params }))
    },
    onSuccess: () => {
      tell(`Version ${canary.version} of ${stream.name} ${said}`)
      onClose()
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ['stream', stream.name] }),
  })
  return (
    <Confirm
      open
      onClose={onClose}
      title={`${act}: version ${canary.version}`}
      act={act}
      harmful={false}
      busy={end.isPending}
      onAct={() => end.mutate()}
    >
      <p>{effect}</p>
      {end.error === null ? null : <ErrorPanel error={end.error} />}
    </Confirm>
  )
}
