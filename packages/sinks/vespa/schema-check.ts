import { type Clock, WeaverError } from '@data-weaver/contracts'
import { documentBody, type DocumentShape } from './document.ts'
import { type Connections, exchange, LostConnection } from './exchange.ts'
import { type FeederLimits, isRefusal, messageOf, unavailable } from './feeder.ts'

const nowhere = '00000000-0000-0000-0000-000000000000'

/**
 * Asks Vespa whether the document type and all fields that will be written are there. It sends a put that cannot change anything: without
 * `create`, under a condition that is never true. Vespa looks at the fields first, so 400 means that one of them is missing.
 * @throws WeaverError `sink_unavailable`, with what is missing: documents wait until the schema is deployed.
 */
export async function checkSchema(
  pool: Connections,
  shape: DocumentShape,
  clock: Clock,
  { operationMs, graceMs }: Pick<FeederLimits, 'operationMs' | 'graceMs'>,
): Promise<void> {
  const lineage = { resultId: nowhere, record: 0, runId: nowhere, streamId: nowhere, streamVersion: 1, transformVersion: 1 }
  const probe = { id: 'weaver-probe', tenant: '', stream: '', seq: 0, fields: {}, deleted: true, lineage }
  const { fields } = JSON.parse(documentBody(shape, probe, 0)) as { fields: object }
  const { names, embedded } = shape.mapping
  const probed = embedded.length === 0 ? names : [...names, 'weaver_embedded']
  const body = JSON.stringify({ fields: { ...fields, ...Object.fromEntries(probed.map((name) => [name, null])) } })
  const path = `/document/v1/${shape.namespace}/${shape.documentType}/docid/weaver-probe?condition=false&timeout=${operationMs}ms`
  const stop = new AbortController()
  const done = new AbortController()
  const late = clock.sleep(2 * (operationMs + graceMs), done.signal).then(
    () => stop.abort(unavailable('did not answer in time')),
    () => {},
  )
  try {
    const reply = await exchange(pool, { method: 'POST', path, body: () => body }, operationMs + graceMs, stop.signal)
    if (reply instanceof LostConnection) throw unavailable(`cannot be reached (${reply.code})`)
    if (reply.status === 400 && isRefusal(reply)) {
      const message = `Vespa's schema does not fit the sink${messageOf(reply, ': ')}. Deploy a schema that inherits \`weaver\`, with the mapped fields.`
      throw new WeaverError('sink_unavailable', message)
    }
    if (reply.status <= 400 || [401, 403, 404, 405].includes(reply.status))
      throw unavailable(`has no document API at this address (${reply.status})`)
  } finally {
    done.abort()
    await late
  }
}
