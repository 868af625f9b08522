import { LiveScriptedSource } from '@data-weaver/adapters/conformance/live-source'

/** Incidents: what a status page would send. The third resolves the first. */
export const incident = (n: number) =>
  n === 3
    ? { event: 'resolved', id: 'inc-1', title: 'Payments are slow in Frankfurt', severity: 'major', opened_at: '2026-03-01T10:01:00Z' }
    : {
        event: 'incident',
        id: `inc-${n}`,
        title: n === 1 ? 'Payments are slow in Frankfurt' : `Deliveries are late, case ${n}`,
        severity: n === 1 ? 'major' : 'minor',
        opened_at: `2026-03-01T10:0${n % 10}:00Z`,
      }

/** Server-sent events with ids, behind a token; goes on behind `Last-Event-ID`. */
export const incidentFeed = (token: string): Promise<LiveScriptedSource> =>
  LiveScriptedSource.start({
    transport: 'sse',
    message: (n) => {
      const { event, ...data } = incident(n)
      return `id: ${n}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
    },
    from: ({ headers }) => Number(headers['last-event-id'] ?? 0) + 1,
    authorised: ({ headers }) => headers.authorization === `Bearer ${token}`,
  })

const numbered = (n: number) => `data: ${JSON.stringify({ id: `m-${n}`, n })}\n\n`

/** Numbered events; goes on behind `Last-Event-ID`. */
export const numberedFeed = (): Promise<LiveScriptedSource> =>
  LiveScriptedSource.start({
    transport: 'sse',
    message: (n) => `id: ${n}\n${numbered(n)}`,
    from: ({ headers }) => Number(headers['last-event-id'] ?? 0) + 1,
    authorised: () => true,
  })

/** The same, and who names no event gets what is new; the answer says which event was the last before it. */
export const placedFeed = (): Promise<LiveScriptedSource> =>
  LiveScriptedSource.start({
    transport: 'sse',
    message: (n) => `id: ${n}\n${numbered(n)}`,
    from: ({ headers }) => (headers['last-event-id'] === undefined ? undefined : Number(headers['last-event-id']) + 1),
    opening: (published) => ({ 'last-event-id': String(published) }),
    authorised: () => true,
  })

/** The same events without ids: what is missed is gone. */
export const forgetfulFeed = (): Promise<LiveScriptedSource> =>
  LiveScriptedSource.start({
    transport: 'sse',
    message: numbered,
    from: () => undefined,
    authorised: () => true,
  })

export const order = (n: number) => ({
  id: `o-${n}`,
  customer: { name: n === 1 ? 'Grace Hopper' : 'Ada Lovelace' },
  total: `${n * 10}.50`,
  state: 'open',
})

/** Orders over a WebSocket: who logs in and subscribes gets what comes behind the number that they name. */
export const orderFeed = (token: string): Promise<LiveScriptedSource> =>
  LiveScriptedSource.start({
    transport: 'websocket',
    message: (n) => JSON.stringify({ seq: n, orders: [order(n)] }),
    ready: ({ said }) => said.some((text) => JSON.parse(text).token === token) && said.some((text) => 'after' in JSON.parse(text)),
    from: ({ said }) => Number(JSON.parse(said.find((text) => 'after' in JSON.parse(text)) ?? '{}').after) + 1,
    authorised: () => true,
  })
