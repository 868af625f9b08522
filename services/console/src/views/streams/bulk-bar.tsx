import { useState } from 'react'
import type { Stream } from '../../api/resources.ts'
import { ActDialog, wordings } from '../../parts/act-dialog.tsx'
import { plural } from '../../parts/amounts.ts'

const acts = ['start', 'stop', 'pause', 'resume', 'trigger', 'delete'] as const

interface BulkBarProps {
  readonly streams: readonly Stream[]
  readonly onClear: () => void
}

/** What can be done with the streams that are selected. */
export function BulkBar({ streams, onClear }: BulkBarProps) {
  const [asked, setAsked] = useState<(typeof acts)[number]>()
  const names = streams.map(({ name }) => name)
  return (
    <div className="bulk-bar" role="region" aria-label="Selected streams">
      <span>{plural(streams.length, 'stream')} selected</span>
      {acts.map((act) => (
        <button key={act} className="button small" type="button" onClick={() => setAsked(act)}>
          {wordings[act].act}
        </button>
      ))}
      <button className="button quiet small" type="button" onClick={onClear}>
        Clear
      </button>
      {asked === undefined ? null : (
        <ActDialog
          action={asked}
          filter={{ names }}
          what={names.length === 1 ? (names[0] ?? '') : plural(names.length, 'stream')}
          onClose={() => setAsked(undefined)}
          onDone={onClear}
        />
      )}
    </div>
  )
}
