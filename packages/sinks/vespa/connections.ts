import { rootCertificates } from 'node:tls'
import type { VespaAccess } from '@data-weaver/contracts'
import { Pool } from 'undici'
import type { Connections } from './exchange.ts'

export interface ConnectionOptions {
  /** Operations under way at once at most. */
  readonly most: number
  /** Longest time to connect, milliseconds. */
  readonly connectMs: number
  readonly http2: boolean
}

/** HTTP/2 connections without TLS, and operations on one of them at once: below what servers allow by default (Vespa: 512 streams). */
const http2Connections = 4
const streamsPerConnection = 128

/**
 * Persistent connections to Vespa. HTTP/1.1 has one for each operation under way; HTTP/2 a few that operations share, which is for long round trips and for
 * networks where connections are dear. Without TLS both sides must know that it is HTTP/2 (h2c); over TLS it is negotiated, and a server that does not speak it gets
 * as many connections of HTTP/1.1 as there are operations.
 */
export function openConnections(
  vespaUrl: string,
  { token, certificate, key, caCertificates }: VespaAccess,
  { most, connectMs, http2 }: ConnectionOptions,
): { readonly connections: Connections; destroy(): Promise<void> } {
  const { origin, protocol } = new URL(vespaUrl)
  const connect = {
    timeout: connectMs,
    ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
    ...(caCertificates === undefined ? {} : { ca: [...rootCertificates, caCertificates] }),
  }
  const shared = { keepAliveTimeout: 30_000, connect }
  // The pool's connector wants to know it as well, which its types do not say.
  const overCleartext: object = protocol === 'http:' ? { useH2c: true } : {}
  const pool = http2
    ? new Pool(origin, {
        ...shared,
        // Some servers and balancers take what the client names first.
        connect: { ...connect, preferH2: true },
        // Another connection is opened when the first is full, so this is the most only where it is HTTP/1.1 that was negotiated.
        connections: protocol === 'http:' ? http2Connections : most,
        allowH2: true,
        ...overCleartext,
        h2Options: { maxConcurrentStreams: streamsPerConnection, ...overCleartext },
      })
    : new Pool(origin, { ...shared, connections: most, pipelining: 1, allowH2: false })
  return { connections: token === undefined ? pool : withToken(pool, token), destroy: () => pool.destroy() }
}

/** Sends the token along with every request. */
const withToken = (pool: Pool, token: string): Connections =>
  pool.compose((dispatch) => {
    const authorization = `Bearer ${token}`
    // Headers are plain objects here: ours.
    return (request, handler) =>
      dispatch({ ...request, headers: { ...(request.headers as Record<string, string>), authorization } }, handler)
  })
