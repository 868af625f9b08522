import type { Client } from '@data-weaver/client'
import { createContext, type ReactNode, useContext } from 'react'

const ClientContext = createContext<Client | undefined>(undefined)

/** Gives the views what main constructed. */
export function PartsProvider({ client, children }: { readonly client: Client; readonly children: ReactNode }) {
  return <ClientContext value={client}>{children}</ClientContext>
}

export function useClient(): Client {
  const client = useContext(ClientContext)
  if (client === undefined) throw new Error('there is no client around this view')
  return client
}
