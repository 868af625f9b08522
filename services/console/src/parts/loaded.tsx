import type { ReactNode } from 'react'
import { Pending } from '../app/fallbacks.tsx'
import { ErrorPanel } from './error-panel.tsx'
import { PageHead } from './page-head.tsx'

interface Read<T> {
  readonly data: T | undefined
  readonly error: unknown
  readonly refetch: () => unknown
}

interface LoadedProps<T> {
  readonly read: Read<T>
  /** Heading of the view while there is nothing to show, where the data bring their own. */
  readonly title?: string
  readonly children: (data: T) => ReactNode
}

/** What was read, or why it was not. Data that are there stay when a later read fails. */
export function Loaded<T>({ read, title, children }: LoadedProps<T>) {
  if (read.data !== undefined) return children(read.data)
  const failed = read.error !== null && read.error !== undefined
  return (
    <>
      {title === undefined ? null : <PageHead title={title} />}
      {failed ? <ErrorPanel error={read.error} onRetry={() => void read.refetch()} /> : <Pending />}
    </>
  )
}
