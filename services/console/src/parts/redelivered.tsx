import type { ReactNode } from 'react'
import type { RedeliveryPreview } from '../api/resources.ts'
import { plural } from './amounts.ts'

/** What reading stored pages again would touch. */
export const readAgain = ({ results, deliveries, deadLetters }: RedeliveryPreview): ReactNode => (
  <p>
    Reads <strong>{plural(results, 'page')}</strong> again: {plural(deliveries, 'delivery', 'deliveries')} to sinks
    {deadLetters === 0 ? '.' : `, and ${plural(deadLetters, 'open dead letter')} settled.`}
  </p>
)
