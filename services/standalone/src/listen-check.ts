import { createServer } from 'node:net'
import { WeaverError } from '@data-weaver/contracts'

/**
 * Tries whether the supervisor could listen there, so that the answer comes before the database is started.
 * @throws WeaverError `port_in_use`, or `invalid_settings` when the address is not one of this machine or may not be used.
 */
export async function checkAddress(host: string, port: number): Promise<void> {
  const probe = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen({ host, port, exclusive: true }, resolve)
    })
  } catch (cause) {
    throw problemOf(host, port, cause)
  } finally {
    probe.close()
  }
}

function problemOf(host: string, port: number, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException
  const error = (kind: 'port_in_use' | 'invalid_settings', field: string, problem: string, hint: string) =>
    new WeaverError(kind, `${field} ${problem}`, { errors: [{ field, problem, hint }], cause })
  switch (code) {
    case 'EADDRINUSE':
      return error(
        'port_in_use',
        'WEAVER_PORT',
        `${port} on ${host} is in use`,
        'End what uses it, or choose another, for example WEAVER_PORT=3100',
      )
    case 'EACCES':
      return error(
        'invalid_settings',
        'WEAVER_PORT',
        `${port} may not be used by this user`,
        'Choose one above 1023, for example WEAVER_PORT=3000',
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return error('invalid_settings', 'WEAVER_HOST', `${host} is no address of this machine`, 'For example WEAVER_HOST=127.0.0.1')
    default:
      return cause
  }
}
