import { Toast } from '@base-ui/react/toast'
import { createContext, type ReactNode, useContext, useMemo } from 'react'

type Tell = (title: string, description?: string, kind?: 'good' | 'bad') => void
const TellContext = createContext<Tell>(() => {})

/** Says in a corner what became of an act; screen readers hear it. */
export const useTell = (): Tell => useContext(TellContext)

export function Toasts({ children }: { readonly children: ReactNode }) {
  return (
    <Toast.Provider limit={4}>
      <Teller>{children}</Teller>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <Shown />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function Teller({ children }: { readonly children: ReactNode }) {
  const { add } = Toast.useToastManager()
  const tell = useMemo<Tell>(
    () => (title, description, kind) => {
      add({ title, ...(description === undefined ? {} : { description }), type: kind ?? 'good', priority: kind === 'bad' ? 'high' : 'low' })
    },
    [add],
  )
  return <TellContext value={tell}>{children}</TellContext>
}

function Shown() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast" data-kind={toast.type}>
      <Toast.Content>
        <Toast.Title className="toast-title" />
        <Toast.Description className="muted small" />
      </Toast.Content>
      <Toast.Close className="button quiet" aria-label="Close">
        ✕
      </Toast.Close>
    </Toast.Root>
  ))
}
