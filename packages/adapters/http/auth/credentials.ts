/** What `auth` adds to a request to its own origin. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** Texts that must not be seen anywhere, and that the way out does not know: the stream's own secrets it does. */
  readonly hidden: readonly string[]
}

export const noCredentials: Credentials = { headers: {}, query: {}, hidden: [] }

/** A request before it is authorised. */
export interface Unsigned {
  readonly method: string
  /** With its query, without credentials. */
  readonly url: URL
  readonly body: string
}

/** Gives requests what they need to be answered. */
export interface Authority {
  /** Every text that must not be seen anywhere, as far as it is known by now. */
  readonly hidden: readonly string[]
  /** May ask for a token first. @throws WeaverError `auth_failed` when none is given, and what the way out throws. */
  credentials(request: Unsigned): Credentials | Promise<Credentials>
  /** Forgets what the source refused, so that the next request gets new credentials. Absent where there are no others. */
  forget?(refused: Credentials): void
}

/** Secrets of the stream, sent as they are. */
export const constantAuthority = (added: Partial<Pick<Credentials, 'headers' | 'query'>>, hidden: readonly string[]): Authority => {
  const credentials: Credentials = { ...noCredentials, ...added }
  return { hidden, credentials: () => credentials }
}
