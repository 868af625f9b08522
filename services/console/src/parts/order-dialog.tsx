import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Operation } from '../api/resources.ts'
import { useWatch } from '../app/operations.tsx'
import { Confirm } from './confirm.tsx'
import { ErrorPanel } from './error-panel.tsx'
import { Loaded } from './loaded.tsx'

/** How often the preview is counted anew while the dialog is open, milliseconds. */
const countedEveryMs = 2000

interface OrderDialogProps<P> {
  readonly title: string
  readonly act: string
  readonly harmful?: boolean
  /** Whether what was chosen can be ordered; default: yes. */
  readonly ready?: boolean
  /** What the preview depends on, beside the title. */
  readonly about: unknown
  /** Has the server count what would be touched; touches nothing. */
  readonly preview: (signal: AbortSignal) => Promise<P>
  /** The effect in words, from what was counted. */
  readonly effect: (preview: P) => ReactNode
  /** Has it written down. The same key does it once, however often it is sent. */
  readonly order: (key: string) => Promise<Operation>
  /** Choices and explanations. */
  readonly children?: ReactNode
  readonly onClose: () => void
  readonly onDone?: (() => void) | undefined
}

/** Shows what an act would touch, counted by the server, before it is ordered; then hands the operation over to be watched. */
export function OrderDialog<P>(props: OrderDialogProps<P>) {
  const { title, act, harmful = false, ready = true, about, preview, effect, order, children, onClose, onDone } = props
  const watch = useWatch()
  const [key] = useState(() => crypto.randomUUID())
  const counted = useQuery({
    queryKey: ['preview', title, about],
    queryFn: ({ signal }) => preview(signal),
    gcTime: 0,
    refetchInterval: countedEveryMs,
  })
  const ordering = useMutation({
    mutationFn: () => order(key),
    onSuccess: (operation) => {
      watch(operation)
      onClose()
      onDone?.()
    },
  })
  return (
    <Confirm
      open
      onClose={onClose}
      title={title}
      act={act}
      busy={ordering.isPending}
      ready={ready}
      harmful={harmful}
      onAct={() => ordering.mutate()}
    >
      <Loaded read={counted}>{effect}</Loaded>
      {children}
      {ordering.error === null ? null : <ErrorPanel error={ordering.error} />}
    </Confirm>
  )
}
