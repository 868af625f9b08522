import { type ReactNode, useState } from 'react'
import { type Act, order, previewOf, type StopMode } from '../api/acts.ts'
import type { ActionPreview, StreamAction, StreamFilter } from '../api/resources.ts'
import { useClient } from '../app/parts.tsx'
import { bytes, plural } from './amounts.ts'
import { OrderDialog } from './order-dialog.tsx'
import { Ways } from './ways.tsx'

interface Wording {
  readonly act: string
  readonly effect: string
  readonly harmful: boolean
}

export const wordings: Readonly<Record<Exclude<StreamAction, 'change'>, Wording>> = {
  start: { act: 'Start', effect: 'Their first tick is now.', harmful: false },
  stop: { act: 'Stop', effect: 'No tick runs any more until they are started again.', harmful: true },
  pause: { act: 'Pause', effect: 'Ticks count as skipped until they are resumed. What runs comes to its end.', harmful: false },
  resume: { act: 'Resume', effect: 'Ticks run again from now on.', harmful: false },
  trigger: { act: 'Run now', effect: 'Each gets one run besides its schedule.', harmful: false },
  delete: { act: 'Delete', effect: 'They are stopped and leave the lists; their names become free. Secrets are deleted.', harmful: true },
}

interface ActDialogProps {
  readonly action: keyof typeof wordings
  readonly filter: StreamFilter
  /** Which streams, in words: `earthquakes`, `3 streams`, `all streams`. */
  readonly what: string
  readonly onClose: () => void
  readonly onDone?: () => void
}

/** Previews an act on streams, with its choices, before it is ordered. */
export function ActDialog({ action, filter, what, onClose, onDone }: ActDialogProps) {
  const client = useClient()
  const [mode, setMode] = useState<StopMode>('interrupt')
  const [purge, setPurge] = useState(false)
  const act: Act = { action, filter, ...(action === 'stop' ? { mode } : {}), ...(action === 'delete' && purge ? { purge } : {}) }
  const wording = wordings[action]
  return (
    <OrderDialog
      title={`${wording.act}: ${what}`}
      act={wording.act}
      harmful={wording.harmful}
      about={[filter, purge]}
      preview={(signal) => previewOf(client, act, signal)}
      effect={touched}
      order={(key) => order(client, act, key)}
      onClose={onClose}
      onDone={onDone}
    >
      <p>{wording.effect}</p>
      {action === 'stop' ? <ModeChoice mode={mode} onMode={setMode} /> : null}
      {action === 'delete' ? <PurgeChoice purge={purge} onPurge={setPurge} /> : null}
    </OrderDialog>
  )
}

/** What an act on streams would touch. */
export const touched = ({ streams, matched, running, workers, purged }: ActionPreview): ReactNode => (
  <p>
    Changes <strong>{plural(streams, 'stream')}</strong>
    {matched === streams ? '' : ` of ${matched} that fit`}
    {running === 0 ? '; nothing of theirs runs now.' : `; ${plural(running, 'run')} in progress on ${plural(workers, 'worker')}.`}
    {purged === undefined ? null : (
      <>
        {' '}
        Purges <strong>{plural(purged.results, 'page')}</strong>, {bytes(purged.bytes)}, and the documents made of them.
      </>
    )}
  </p>
)

function ModeChoice({ mode, onMode }: { readonly mode: StopMode; readonly onMode: (mode: StopMode) => void }) {
  const ways = [
    ['interrupt', 'Interrupt what runs. What was fetched and not delivered is held until the next start.'],
    ['drain', 'Let what runs come to its end, for a minute at most.'],
  ] as const
  return <Ways legend="What becomes of runs in progress" name="mode" ways={ways} value={mode} onWay={onMode} />
}

function PurgeChoice({ purge, onPurge }: { readonly purge: boolean; readonly onPurge: (purge: boolean) => void }) {
  const ways = [
    ['keep', 'Keep what was fetched and the documents.'],
    ['purge', 'Purge: stored pages, their bytes and the documents in the sinks go as well. This cannot be undone.'],
  ] as const
  const value = purge ? 'purge' : 'keep'
  return <Ways legend="What becomes of what was fetched" name="purge" ways={ways} value={value} onWay={(way) => onPurge(way === 'purge')} />
}
