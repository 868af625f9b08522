import { AlertDialog } from '@base-ui/react/alert-dialog'
import type { ReactNode } from 'react'

interface ConfirmProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: string
  /** The effect, before it happens. */
  readonly children: ReactNode
  readonly act: string
  readonly onAct: () => void
  readonly busy?: boolean
  /** There is something to do. */
  readonly ready?: boolean
  readonly harmful?: boolean
}

/** Asks before something is done that others notice. The way out has the focus. */
export function Confirm({ open, onClose, title, children, act, onAct, busy = false, ready = true, harmful = true }: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="dialog-text">
            {children}
          </AlertDialog.Description>
          <div className="acts">
            <AlertDialog.Close className="button">Leave it</AlertDialog.Close>
            <button className={harmful ? 'button harmful' : 'button primary'} type="button" disabled={busy || !ready} onClick={onAct}>
              {busy ? 'Working…' : act}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
