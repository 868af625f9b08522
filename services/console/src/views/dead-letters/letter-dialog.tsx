import type { ReactNode } from 'react'
import { type LetterAct, orderLetters, previewOfLetters } from '../../api/acts.ts'
import type { DeadLetterWish, RedeliveryPreview } from '../../api/resources.ts'
import { useClient } from '../../app/parts.tsx'
import { plural } from '../../parts/amounts.ts'
import { OrderDialog } from '../../parts/order-dialog.tsx'

export interface LetterWish {
  readonly act: LetterAct
  readonly wish: DeadLetterWish
  /** Which, in words. */
  readonly what: string
}

export const letterWords: Readonly<Record<LetterAct, { readonly act: string; readonly all: string; readonly effect: string }>> = {
  redrive: {
    act: 'Redrive',
    all: 'Redrive all',
    effect:
      'Their pages are read from the store again, by the current version, and delivered to the same sinks. What is refused again is a new one.',
  },
  discard: { act: 'Discard', all: 'Discard all', effect: 'They are settled and stay out. Nothing is delivered; the bytes are kept.' },
}

/** Previews what becomes of dead letters before it is ordered. */
export function LetterDialog({
  act,
  wish,
  what,
  onClose,
  onDone,
}: LetterWish & { readonly onClose: () => void; readonly onDone?: () => void }) {
  const client = useClient()
  const words = letterWords[act]
  return (
    <OrderDialog
      title={`${words.act}: ${what}`}
      act={words.act}
      harmful={act === 'discard'}
      about={wish}
      preview={(signal) => previewOfLetters(client, act, wish, signal)}
      effect={redelivered}
      order={(key) => orderLetters(client, act, wish, key)}
      onClose={onClose}
      onDone={onDone}
    >
      <p>{words.effect}</p>
    </OrderDialog>
  )
}

const redelivered = ({ results, deliveries, deadLetters }: RedeliveryPreview): ReactNode => (
  <p>
    Settles <strong>{plural(deadLetters, 'open dead letter')}</strong>
    {results === 0 ? '.' : `: ${plural(results, 'page')}, ${plural(deliveries, 'delivery', 'deliveries')} to sinks.`}
  </p>
)
