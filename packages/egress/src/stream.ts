import { WeaverError } from '@data-weaver/contracts'
import type { HttpStream, HttpStreamRequest } from '@data-weaver/contracts'
import { firstHop, follow } from './hop.ts'
import type { Hop } from './hop.ts'
import { StreamExchange } from './stream-exchange.ts'
import { checkLimits, factsOf, failureOf, Hold } from './way.ts'
import type { Way } from './way.ts'

/**
 * Sends a request whose answer is read while it comes. Each has a connection of its own, so that however many of them are quiet, requests
 * find the shared ones free.
 */
export async function openStream(way: Way, request: HttpStreamRequest): Promise<HttpStream> {
  const { settings, deadlines, redactor } = way
  const { headersTimeoutMs = settings.headersTimeoutMs, idleTimeoutMs = settings.bodyTimeoutMs } = request
  checkLimits({ headersTimeoutMs, idleTimeoutMs })
  const first = firstHop(request, settings.userAgent, redactor)
  const started = settings.clock.monotonic()
  let current: StreamExchange | null = null
  let ended: { readonly reason: unknown } | null = null
  const end = (reason: unknown) => {
    ended ??= { reason }
    current?.abort(reason)
  }
  const hold = new Hold(way, end)
  const late = () =>
    end(new WeaverError('source_timeout', `"${redactor.values(first.url.host)}" did not begin to answer within ${headersTimeoutMs} ms`))
  const deadline = deadlines.set(headersTimeoutMs, late)
  const send = (hop: Hop): Promise<StreamExchange> => {
    if (ended !== null) throw ended.reason
    const explain = (error: unknown, answered: boolean) => failureOf(way, error, { url: hop.url, answered })
    current = new StreamExchange({ hop, connect: way.connect, idleTimeoutMs, explain, over: () => hold.release() })
    return current.begun()
  }
  try {
    const { hop, answer } = await follow(first, settings.maxRedirects, redactor, send)
    const { status, headers } = answer
    const facts = factsOf(way, first, answer, started)
    return { status, headers, url: hop.url.href, body: answer.body, facts, close: () => answer.close() }
  } catch (error) {
    hold.release()
    throw error
  } finally {
    deadlines.clear(deadline)
  }
}
