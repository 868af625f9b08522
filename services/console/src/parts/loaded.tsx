import type { ReactNode } from 'react'
import { Pending } from '../app/fallbacks.tsx'
import { ErrorPanel } from './error-panel.tsx'

interface Read<T> {
  readonly data: T | undefined
  readonly error: unknown
  readonly refetch: () => unknown
}

/** What was read, or why it was not. Data that are there stay when a later read fails. */
export function Loaded<T>({ read, children }: { readonly read: Read<T>; readonly children: (data: T) => ReactNode }) {
  if (read.data !== undefined) return children(read.data)
  if (read.error !== null && read.error !== undefined) return <ErrorPanel error={read.error} onRetry={() => void read.refetch()} />
  return <Pending />
}
