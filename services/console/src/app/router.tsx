import type { Client } from '@data-weaver/client'
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { queries } from '../api/queries.ts'
import { runStates } from '../parts/run-states.ts'
import { Lost, Pending, ViewFailed } from './fallbacks.tsx'
import { optionalChoice, optionalText, type Raw } from './search.ts'
import { Shell } from './shell.tsx'

interface Context {
  readonly client: Client
  readonly queries: QueryClient
}

const root = createRootRouteWithContext<Context>()({ notFoundComponent: Lost })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (raw: Raw) => optionalText(raw, 'next'),
  component: lazyRouteComponent(() => import('../views/sign-in.tsx'), 'SignIn'),
})

/** Everything behind the sign-in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.query({ ...queries(context.client).session(), staleTime: 'static' }).catch(() => undefined)
    if (session === undefined) redirect({ to: '/sign-in', search: { next: location.href }, throw: true })
  },
})

const overview = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('../views/overview.tsx'), 'Overview'),
})

export const streamOrders = ['-name', 'nextTick', '-nextTick', 'goodData', '-goodData', 'changed', '-changed'] as const
export const streamConditions = ['started', 'paused', 'stopped', 'late', 'failing', 'waiting'] as const

const streams = createRoute({
  getParentRoute: () => inside,
  path: '/streams',
  validateSearch: (raw: Raw) => ({
    ...optionalText(raw, 'q', 'adapter'),
    ...optionalChoice(raw, 'condition', streamConditions),
    ...optionalChoice(raw, 'order', streamOrders),
  }),
  component: lazyRouteComponent(() => import('../views/streams/streams.tsx'), 'Streams'),
})

const newStream = createRoute({
  getParentRoute: () => inside,
  path: '/streams/new',
  validateSearch: (raw: Raw) => optionalText(raw, 'adapter', 'from'),
  component: lazyRouteComponent(() => import('../views/edit/new-stream.tsx'), 'NewStream'),
})

export const streamTabs = ['timeline', 'ticks', 'configuration'] as const

const stream = createRoute({
  getParentRoute: () => inside,
  path: '/streams/$stream',
  validateSearch: (raw: Raw) => ({
    ...optionalChoice(raw, 'tab', streamTabs),
    ...optionalChoice(raw, 'state', runStates),
    ...optionalText(raw, 'day', 'version'),
  }),
  component: lazyRouteComponent(() => import('../views/stream/stream.tsx'), 'StreamView'),
})

const editStream = createRoute({
  getParentRoute: () => inside,
  path: '/streams/$stream/edit',
  component: lazyRouteComponent(() => import('../views/edit/edit-stream.tsx'), 'EditStream'),
})

const run = createRoute({
  getParentRoute: () => inside,
  path: '/runs/$run',
  component: lazyRouteComponent(() => import('../views/run/run.tsx'), 'RunView'),
})

const result = createRoute({
  getParentRoute: () => inside,
  path: '/results/$result',
  validateSearch: (raw: Raw) => ({ ...optionalText(raw, 'record'), ...optionalChoice(raw, 'show', ['picture', 'tree', 'text', 'bytes']) }),
  component: lazyRouteComponent(() => import('../views/result/result.tsx'), 'ResultView'),
})

const documents = createRoute({
  getParentRoute: () => inside,
  path: '/documents',
  validateSearch: (raw: Raw) => optionalText(raw, 'q', 'stream', 'from', 'until', 'result', 'sink'),
  component: lazyRouteComponent(() => import('../views/documents/documents.tsx'), 'Documents'),
})

const document = createRoute({
  getParentRoute: () => inside,
  path: '/documents/$document',
  component: lazyRouteComponent(() => import('../views/documents/document.tsx'), 'DocumentView'),
})

const live = createRoute({
  getParentRoute: () => inside,
  path: '/live',
  validateSearch: (raw: Raw) => optionalText(raw, 'streams', 'q'),
  component: lazyRouteComponent(() => import('../views/live/live.tsx'), 'Live'),
})

const deadLetters = createRoute({
  getParentRoute: () => inside,
  path: '/dead-letters',
  validateSearch: (raw: Raw) => ({ ...optionalText(raw, 'stream', 'cause'), ...optionalChoice(raw, 'state', ['resolved']) }),
  component: lazyRouteComponent(() => import('../views/dead-letters/dead-letters.tsx'), 'DeadLetters'),
})

const operations = createRoute({
  getParentRoute: () => inside,
  path: '/operations',
  component: lazyRouteComponent(() => import('../views/operations.tsx'), 'OperationsView'),
})

const workers = createRoute({
  getParentRoute: () => inside,
  path: '/workers',
  component: lazyRouteComponent(() => import('../views/workers.tsx'), 'Workers'),
})

const adapters = createRoute({
  getParentRoute: () => inside,
  path: '/adapters',
  component: lazyRouteComponent(() => import('../views/adapters/adapters.tsx'), 'Adapters'),
})

const adapter = createRoute({
  getParentRoute: () => inside,
  path: '/adapters/$adapter',
  component: lazyRouteComponent(() => import('../views/adapters/adapter.tsx'), 'AdapterView'),
})

const routeTree = root.addChildren([
  signIn,
  inside.addChildren([
    overview,
    streams,
    newStream,
    stream,
    editStream,
    run,
    result,
    documents,
    document,
    live,
    deadLetters,
    operations,
    workers,
    adapters,
    adapter,
  ]),
])

export function createConsoleRouter(context: Context) {
  return createRouter({
    routeTree,
    context,
    defaultPreload: 'intent',
    defaultPendingComponent: Pending,
    defaultErrorComponent: ViewFailed,
    scrollRestoration: true,
  })
}

// How the router's types reach links and hooks; it has no other way.
declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}
