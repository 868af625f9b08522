import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Adapter } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { useClient } from '../../app/parts.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { PageHead, StreamTrail } from '../../parts/page-head.tsx'
import { type Draft, given, newDraft, type SecretValues } from './draft.ts'
import { checkDraft, saveStream } from './save.ts'
import { textOf } from './schema.ts'
import { StreamForm } from './stream-form.tsx'
import { fieldErrorOf, sourceErrorOf, TryIt } from './try-it.tsx'

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

/** Trying, saving and starting what is in the form. */
function useWork(adapter: Adapter, draft: Draft, secrets: SecretValues) {
  const client = useClient()
  const cache = useQueryClient()
  const navigate = useNavigate()
  /** The stream once it was made, when it could not be started: what is saved next changes it. */
  const [made, setMade] = useState<string>()
  const typed = { adapter: adapter.id, draft, secrets: given(secrets) }
  const open = (name: string) => void navigate({ to: '/streams/$stream', params: { stream: name }, search: {} })
  const check = useMutation({ mutationFn: () => checkDraft(client, typed) })
  const save = useMutation({
    mutationFn: () => saveStream(client, { made, ...typed }),
    onSuccess: (name) => {
      setMade(name)
      void cache.invalidateQueries({ queryKey: ['streams'] })
    },
  })
  const start = useMutation({
    mutationFn: async (name: string) => await client.POST('/v1/streams/{id}/start', { params: { path: { id: name } } }),
    onSuccess: (_, name) => open(name),
  })
  const saveThen = (next: (name: string) => void) => {
    check.reset()
    save.mutate(undefined, { onSuccess: next })
  }
  return {
    made,
    check,
    busy: save.isPending || check.isPending || start.isPending,
    error: save.error ?? start.error ?? fieldErrorOf(check.error),
    save: () => saveThen(open),
    start: () => saveThen((name) => start.mutate(name)),
    tryIt: () => {
      save.reset()
      start.reset()
      check.mutate()
    },
  }
}

function Form({ adapter }: { readonly adapter: Adapter }) {
  const [draft, setDraft] = useState<Draft>(() => newDraft(adapter))
  const [secrets, setSecrets] = useState<SecretValues>({})
  const { made, check, busy, error, save, start, tryIt } = useWork(adapter, draft, secrets)
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
        error={error}
        onSubmit={adapter.pushed ? start : tryIt}
        acts={
          <>
            {adapter.pushed ? null : (
              <button className="button primary" type="submit" disabled={busy}>
                Try it
              </button>
            )}
            <button className={adapter.pushed ? 'button primary' : 'button'} type="button" disabled={busy} onClick={start}>
              Save and start
            </button>
            <button className="button quiet" type="button" disabled={busy} onClick={save}>
              Save
            </button>
            <p className="muted small">{hintOf(adapter, draft, made)}</p>
          </>
        }
      />
      <TryIt answer={check.data} error={sourceErrorOf(check.error)} busy={check.isPending} />
    </>
  )
}

function hintOf({ pushed }: Adapter, draft: Draft, made: string | undefined): string {
  if (made !== undefined) return `Saved as ${made}, stopped.`
  if (!pushed) return 'Trying it saves and starts nothing.'
  return `There is nothing to try: once it is started, its source sends to /v1/ingest/${textOf(draft['name']) || 'its name'}.`
}
