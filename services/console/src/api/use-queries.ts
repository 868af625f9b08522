import { useMemo } from 'react'
import { useClient } from '../app/parts.tsx'
import { queries } from './queries.ts'

/** The reads of the API, bound to the client around this view. */
export function useQueries() {
  const client = useClient()
  return useMemo(() => queries(client), [client])
}
