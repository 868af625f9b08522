import { Menu } from '@base-ui/react/menu'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Stream } from '../../api/resources.ts'
import { ActDialog, type wordings } from '../../parts/act-dialog.tsx'
import { BackfillDialog } from './backfill-dialog.tsx'
import { CursorDialog } from './cursor-dialog.tsx'
import { ReparseDialog } from './reparse-dialog.tsx'

type Asked = keyof typeof wordings | 'cursor' | 'reparse' | 'backfill'

/** What can be done with one stream. */
export function StreamActs({ stream }: { readonly stream: Stream }) {
  const [asked, setAsked] = useState<Asked>()
  const { desired, name } = stream
  return (
    <>
      {desired === 'started' ? (
        <button className="button" type="button" onClick={() => setAsked('trigger')}>
          Run now
        </button>
      ) : null}
      <Link className="button" to="/streams/$stream/edit" params={{ stream: name }}>
        Edit
      </Link>
      {desired === 'started' ? (
        <button className="button" type="button" onClick={() => setAsked('stop')}>
          Stop
        </button>
      ) : (
        <button className="button primary" type="button" onClick={() => setAsked(desired === 'paused' ? 'resume' : 'start')}>
          {desired === 'paused' ? 'Resume' : 'Start'}
        </button>
      )}
      <More desired={desired} onAsk={setAsked} />
      {asked === undefined ? null : asked === 'backfill' ? (
        <BackfillDialog stream={stream} onClose={() => setAsked(undefined)} />
      ) : asked === 'cursor' ? (
        <CursorDialog stream={stream} onClose={() => setAsked(undefined)} />
      ) : asked === 'reparse' ? (
        <ReparseDialog stream={stream} onClose={() => setAsked(undefined)} />
      ) : (
        <ActDialog action={asked} filter={{ names: [name] }} what={name} onClose={() => setAsked(undefined)} />
      )}
    </>
  )
}

function More({ desired, onAsk }: { readonly desired: Stream['desired']; readonly onAsk: (asked: Asked) => void }) {
  return (
    <Menu.Root>
      <Menu.Trigger className="button" aria-label="More acts">
        ⋯
      </Menu.Trigger>
      <Menu.Portal container={document.querySelector<HTMLElement>('#page')}>
        <Menu.Positioner sideOffset={4} align="end" className="above">
          <Menu.Popup className="menu">
            {desired === 'started' ? (
              <Menu.Item className="menu-item" onClick={() => onAsk('pause')}>
                Pause
              </Menu.Item>
            ) : null}
            {desired === 'paused' ? (
              <Menu.Item className="menu-item" onClick={() => onAsk('stop')}>
                Stop
              </Menu.Item>
            ) : null}
            <Menu.Item className="menu-item" onClick={() => onAsk('reparse')}>
              Re-parse
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => onAsk('backfill')}>
              Backfill
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => onAsk('cursor')}>
              Edit cursor
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => onAsk('delete')}>
              Delete
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
