import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Adapter } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { useClient } from '../../app/parts.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead, StreamTrail } from '../../parts/page-head.tsx'
import { type Draft, given, newDraft, type SecretValues } from './draft.ts'
import { saveStream } from './save.ts'
import { StreamForm } from './stream-form.tsx'
import { TryIt } from './try-it.tsx'

const route = getRouteApi('/inside/streams/new')

/** A new stream: choose an adapter, fill in its form, try it, start it. */
export function NewStream() {
  const { adapter } = route.useSearch()
  const read = useQuery(useQueries().adapters())
  return (
    <>
      <PageHead title="New stream" trail={<StreamTrail />} />
      <Loaded read={read}>
        {({ items }) => {
          const chosen = items.find(({ id }) => id === adapter)
          return (
            <>
              <AdapterChoice adapters={items} chosen={chosen} />
              {chosen === undefined ? null : <Form key={chosen.id} adapter={chosen} />}
            </>
          )
        }}
      </Loaded>
    </>
  )
}

function AdapterChoice({ adapters, chosen }: { readonly adapters: readonly Adapter[]; readonly chosen: Adapter | undefined }) {
  return (
    <nav className="adapter-choice" aria-label="Adapter">
      {adapters.map(({ id, summary }) => (
        <Link
          key={id}
          to="/streams/new"
          search={{ adapter: id }}
          replace
          className="button"
          title={summary}
          aria-current={id === chosen?.id ? 'true' : undefined}
        >
          {id}
        </Link>
      ))}
      <p className="muted">{chosen === undefined ? 'Choose the kind of source.' : chosen.summary}</p>
    </nav>
  )
}

function Form({ adapter }: { readonly adapter: Adapter }) {
  const client = useClient()
  const cache = useQueryClient()
  const navigate = useNavigate()
  const [draft, setDraft] = useState<Draft>(() => newDraft(adapter))
  const [secrets, setSecrets] = useState<SecretValues>({})
  /** The stream once it was made: it stays stopped until it is started, and later tries change it. */
  const [made, setMade] = useState<string>()

  const save = useMutation({
    mutationFn: async () => await saveStream(client, { made, adapter: adapter.id, draft, secrets: given(secrets) }),
    onSuccess: (name) => {
      setMade(name)
      void cache.invalidateQueries({ queryKey: ['streams'] })
    },
  })
  const check = useMutation({
    mutationFn: async (name: string) => (await client.POST('/v1/streams/{id}/check', { params: { path: { id: name } } })).data,
  })
  const start = useMutation({
    mutationFn: async (name: string) => await client.POST('/v1/streams/{id}/start', { params: { path: { id: name } } }),
    onSuccess: (_, name) => void navigate({ to: '/streams/$stream', params: { stream: name }, search: {} }),
  })
  const busy = save.isPending || check.isPending || start.isPending
  const then = (next: (name: string) => void) => {
    check.reset()
    save.mutate(undefined, { onSuccess: next })
  }
  return (
    <>
      <StreamForm
        adapter={adapter}
        draft={draft}
        onDraft={setDraft}
        secrets={secrets}
        onSecrets={setSecrets}
        known={[]}
        named={made === undefined}
        error={save.error ?? start.error}
        onSubmit={() => then((name) => check.mutate(name))}
        acts={
          <>
            <button className="button primary" type="submit" disabled={busy}>
              Try it
            </button>
            <button className="button" type="button" disabled={busy} onClick={() => then((name) => start.mutate(name))}>
              Save and start
            </button>
            <p className="muted small">
              {made === undefined ? 'To try it, it is saved, stopped. Nothing runs before it is started.' : `Saved as ${made}, stopped.`}
            </p>
          </>
        }
      />
      <TryIt answer={check.data} error={check.error} busy={check.isPending} />
    </>
  )
}
