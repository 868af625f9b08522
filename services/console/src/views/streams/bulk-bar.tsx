import { useState } from 'react'
import type { StreamFilter } from '../../api/resources.ts'
import { ActDialog, wordings } from '../../parts/act-dialog.tsx'
import { ChangeDialog } from './change-dialog.tsx'

const acts = ['start', 'stop', 'pause', 'resume', 'trigger', 'delete'] as const

interface BulkBarProps {
  readonly filter: StreamFilter
  /** Which streams, in words. */
  readonly what: string
  readonly onClear: () => void
}

/** What can be done with the streams that are selected. */
export function BulkBar({ filter, what, onClear }: BulkBarProps) {
  const [asked, setAsked] = useState<(typeof acts)[number] | 'change'>()
  const onClose = () => setAsked(undefined)
  return (
    <div className="bulk-bar" role="region" aria-label="Selected streams">
      <span>{what} selected</span>
      {acts.map((act) => (
        <button key={act} className="button small" type="button" onClick={() => setAsked(act)}>
          {wordings[act].act}
        </button>
      ))}
      <button className="button small" type="button" onClick={() => setAsked('change')}>
        Change
      </button>
      <button className="button quiet small" type="button" onClick={onClear}>
        Clear
      </button>
      {asked === undefined ? null : asked === 'change' ? (
        <ChangeDialog filter={filter} what={what} onClose={onClose} onDone={onClear} />
      ) : (
        <ActDialog action={asked} filter={filter} what={what} onClose={onClose} onDone={onClear} />
      )}
    </div>
  )
}
