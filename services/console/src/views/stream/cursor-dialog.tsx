import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Stream } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { useTell } from '../../app/toasts.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { ErrorPanel } from '../../parts/error-panel.tsx'

/** Sets where the next run begins. */
export function CursorDialog({
  stream,
  onClose,
}: {
  readonly stream: Stream & { readonly etag?: string | undefined }
  readonly onClose: () => void
}) {
  const client = useClient()
  const cache = useQueryClient()
  const tell = useTell()
  const field = useId()
  const [text, setText] = useState(() => JSON.stringify(stream.cursor ?? null, undefined, 2))
  const save = useMutation({
    mutationFn: async () => {
      const cursor = JSON.parse(text) as unknown
      // The state that was read when the dialog opened: a run that moved the cursor meanwhile is not overwritten.
      const header = stream.etag === undefined ? {} : { 'if-match': stream.etag }
      await client.PUT('/v1/streams/{id}/cursor', { params: { path: { id: stream.name }, header }, body: { cursor } })
    },
    onSuccess: () => {
      tell(`The cursor of ${stream.name} is set`)
      void cache.invalidateQueries({ queryKey: ['stream', stream.name] })
      onClose()
    },
  })
  return (
    <Confirm
      open
      onClose={onClose}
      title={`Cursor of ${stream.name}`}
      act="Set the cursor"
      busy={save.isPending}
      onAct={() => save.mutate()}
    >
      <p>The next run goes on from here. An older place fetches what came since again: documents keep their ids, so nothing is doubled.</p>
      <label htmlFor={field}>Cursor, as JSON; null begins anew</label>
      <textarea
        id={field}
        className="textarea mono"
        rows={6}
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      {save.error === null ? null : <ErrorPanel error={save.error} />}
    </Confirm>
  )
}
