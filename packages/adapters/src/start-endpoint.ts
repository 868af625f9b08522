import { WeaverError } from '@data-weaver/contracts'

/** The `endpoint` of a short start message: a URL of a source's API, taken apart parameter by parameter until nothing is left of it. */
export interface StartEndpoint {
  readonly url: URL
  /** Of the URL, by https where it is a host of the source's own: a key is sent along. */
  readonly origin: string
  /** The segments of the path, decoded. */
  readonly path: readonly string[]
  /** The parameter's value, which is taken out; undefined when it is not there or empty. */
  text(name: string): string | undefined
  /** All values of a parameter: repeated, or with commas between them. */
  list(name: string): string[]
  /** The parameter as a whole number. */
  integer(name: string): number | undefined
  /** Takes a parameter out that has no meaning here. */
  drop(name: string): void
  /** Refuses all parameters that nobody has taken. */
  end(): void
  /** `invalid_config` naming `endpoint`. */
  refused(problem: string): WeaverError
}

interface Known {
  readonly hosts: readonly string[]
  readonly keyNames: readonly string[]
}

/**
 * @param example what such an endpoint looks like, for those that are refused
 * @param known the source's own hosts, and the parameters in which it takes a key, which belongs elsewhere
 * @throws WeaverError `invalid_config` naming `endpoint`, as do the methods of what is returned.
 */
export function startEndpoint(text: string, example: string, known: Known): StartEndpoint {
  const refused = (problem: string, hint = `For example ${example}.`): WeaverError =>
    new WeaverError('invalid_config', `endpoint ${problem}`, { errors: [{ field: 'endpoint', problem, hint }] })
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw refused('is not an http or https URL')
  if (url.username !== '' || url.password !== '' || known.keyNames.some((name) => url.searchParams.has(name))) {
    throw refused('has the key in it', 'The key goes into `secret_key`, where it is sealed.')
  }
  const rest = new URLSearchParams(url.search)
  const take = (name: string): string[] => {
    const values = rest.getAll(name)
    rest.delete(name)
    return values
  }
  return {
    url,
    origin: known.hosts.includes(url.host) ? `https://${url.host}` : url.origin,
    path: segments(url, refused),
    refused,
    text: (name) => take(name).findLast((value) => value !== ''),
    list: (name) =>
      take(name)
        .flatMap((value) => value.split(','))
        .filter((value) => value !== ''),
    integer(name) {
      const value = take(name).at(-1)
      if (value === undefined) return undefined
      if (!/^\d{1,15}$/.test(value)) throw refused(`has a \`${name}\` that is not a whole number`)
      return Number(value)
    },
    drop: (name) => void take(name),
    end() {
      const [name] = rest.keys()
      if (name !== undefined) throw refused(`has the parameter ${JSON.stringify(name.slice(0, 40))}, which is not known here`)
    },
  }
}

function segments(url: URL, refused: (problem: string) => WeaverError): string[] {
  try {
    return url.pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent)
  } catch {
    throw refused('has a path that cannot be read')
  }
}

/** The given fields without those that are undefined or an empty list. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
