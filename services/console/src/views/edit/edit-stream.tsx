import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Adapter, Stream } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { useClient } from '../../app/parts.tsx'
import { useTell } from '../../app/toasts.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead, StreamTrail } from '../../parts/page-head.tsx'
import { changesOf, type Draft, draftOf, given, type SecretValues } from './draft.ts'
import { changeStream, checkChange } from './save.ts'
import { StreamForm } from './stream-form.tsx'
import { TrialDialog } from './trial-dialog.tsx'
import { fieldErrorOf, sourceErrorOf, TryIt } from './try-it.tsx'

const route = getRouteApi('/inside/streams/$stream/edit')

/** Changes a stream: each change is a new version, in force from the end of the current interval. */
export function EditStream() {
  const { stream: name } = route.useParams()
  const queries = useQueries()
  // Read once: what is being edited does not change under the hands of who edits it.
  const stream = useQuery({
    ...queries.stream(name),
    refetchInterval: false,
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const adapter = useQuery({ ...queries.adapter(stream.data?.adapter ?? ''), enabled: stream.data !== undefined })
  return (
    <>
      <PageHead
        title={`Edit ${name}`}
        trail={<StreamTrail stream={name} />}
        about="Each change is a new version. It takes effect at the end of the current interval."
      />
      <Loaded read={stream}>
        {(read) => <Loaded read={adapter}>{(kind) => <Form key={read.etag} stream={read} adapter={kind} />}</Loaded>}
      </Loaded>
    </>
  )
}

function Form({ stream, adapter }: { readonly stream: Stream & { readonly etag?: string | undefined }; readonly adapter: Adapter }) {
  const client = useClient()
  const cache = useQueryClient()
  const navigate = useNavigate()
  const tell = useTell()
  const [draft, setDraft] = useState<Draft>(() => draftOf(stream))
  const [trial, setTrial] = useState(false)
  const [secrets, setSecrets] = useState<SecretValues>({})
  const patch = { ...changesOf(draftOf(stream), draft), ...(Object.keys(given(secrets)).length === 0 ? {} : { secrets: given(secrets) }) }
  const fields = Object.keys(patch)
  const save = useMutation({
    mutationFn: () => changeStream(client, stream.name, stream.etag, patch),
    onSuccess: async () => {
      tell(`${stream.name} is changed`, 'In force from the end of the current interval.')
      await cache.invalidateQueries({ queryKey: ['stream', stream.name] })
      void navigate({ to: '/streams/$stream', params: { stream: stream.name }, search: { tab: 'configuration' } })
    },
  })
  const check = useMutation({ mutationFn: () => checkChange(client, stream.name, patch) })
  return (
    <>
      <StreamForm
        adapter={adapter}
        draft={draft}
        onDraft={setDraft}
        secrets={secrets}
        onSecrets={setSecrets}
        known={stream.secretNames}
        named={false}
        error={save.error ?? fieldErrorOf(check.error)}
        onSubmit={() => save.mutate()}
        acts={
          <>
            <button className="button primary" type="submit" disabled={fields.length === 0 || save.isPending}>
              Save
            </button>
            {stream.desired === 'stopped' || stream.canary !== null || adapter.pushed ? null : (
              <button
                className="button"
                type="button"
                disabled={fields.length === 0 || 'secrets' in patch}
                title="Secrets cannot be on trial."
                onClick={() => setTrial(true)}
              >
                On trial…
              </button>
            )}
            {adapter.pushed ? null : (
              <button className="button" type="button" disabled={check.isPending} onClick={() => check.mutate()}>
                Try it
              </button>
            )}
            <Link className="button quiet" to="/streams/$stream" params={{ stream: stream.name }} search={{}}>
              Leave it
            </Link>
            <p className="muted small" role="status">
              {fields.length === 0 ? 'Nothing is changed yet.' : `Changes ${fields.join(', ')}. Trying it saves nothing.`}
            </p>
          </>
        }
      />
      {trial ? <TrialDialog stream={stream} patch={patch} onClose={() => setTrial(false)} /> : null}
      <TryIt answer={check.data} error={sourceErrorOf(check.error)} busy={check.isPending} />
    </>
  )
}
