import { ApiError } from '@data-weaver/client'
import { QueryCache, QueryClient } from '@tanstack/react-query'

/** Tries after the first, of reads that did not get through or met a server that starts. */
const retries = 2

/**
 * What was read, by its address. Reads are repeated while their page is seen, and not while it is hidden.
 * @param onSignedOut called when an answer says that the session is over
 */
export function createQueries(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.status === 401) onSignedOut()
      },
    }),
    defaultOptions: {
      queries: {
        retry: (count, error) => count < retries && !(error instanceof ApiError && error.status < 500),
        retryDelay: (count) => 400 * 2 ** count,
        staleTime: 1000,
        // A supervisor that restarts answers nothing for a moment: what is shown stays, and the next read mends it.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}
