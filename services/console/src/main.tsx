import { createClient } from '@data-weaver/client'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueries } from './api/query-client.ts'
import { PartsProvider } from './app/parts.tsx'
import { createConsoleRouter } from './app/router.tsx'
import { applyTheme, storedTheme } from './browser/theme.ts'
import './style/index.css'

applyTheme(storedTheme())
const client = createClient()
const queries = createQueries(() => {
  const { pathname, href } = router.state.location
  if (pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { next: href } })
})
const router = createConsoleRouter({ client, queries })

const root = document.querySelector('#root')
if (root === null) throw new Error('the page has no place for the console')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <PartsProvider client={client}>
        <RouterProvider router={router} />
      </PartsProvider>
    </QueryClientProvider>
  </StrictMode>,
)
