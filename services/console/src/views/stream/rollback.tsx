import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Stream } from '../../api/resources.ts'
import { useQueries } from '../../api/use-queries.ts'
import { useClient } from '../../app/parts.tsx'
import { useTell } from '../../app/toasts.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { ChangeTable } from './change-table.tsx'

interface RollbackProps {
  readonly stream: Stream & { readonly etag?: string | undefined }
  readonly version: number
}

/** Makes an older version the newest one, after showing what that changes. */
export function Rollback({ stream, version }: RollbackProps) {
  const client = useClient()
  const cache = useQueryClient()
  const tell = useTell()
  const [asked, setAsked] = useState(false)
  const diff = useQuery({ ...useQueries().diff(stream.name, stream.version, version), enabled: asked })
  const rollback = useMutation({
    mutationFn: () => {
      const header = stream.etag === undefined ? {} : { 'if-match': stream.etag }
      return client.POST('/v1/streams/{id}/rollback', { params: { path: { id: stream.name }, header }, body: { version } })
    },
    onSuccess: () => {
      setAsked(false)
      tell(`${stream.name} goes back to version ${version}`, 'In force from the end of the current interval.')
      void cache.invalidateQueries({ queryKey: ['stream', stream.name] })
    },
  })
  return (
    <>
      <button className="button small" type="button" onClick={() => setAsked(true)}>
        Go back to this version
      </button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`Go back to version ${version} of ${stream.name}?`}
        act="Go back"
        harmful={false}
        busy={rollback.isPending}
        onAct={() => rollback.mutate()}
      >
        <p>It becomes version {stream.version + 1}. This changes:</p>
        <Loaded read={diff}>{({ changes }) => <ChangeTable changes={changes} />}</Loaded>
        {rollback.error === null ? null : <ErrorPanel error={rollback.error} />}
      </Confirm>
    </>
  )
}
