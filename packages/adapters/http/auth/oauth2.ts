import { type Json, WeaverError } from '@data-weaver/contracts'
import type { AnswerReading } from '../../src/answer.ts'
import { lookup } from '../../src/path.ts'
import { redaction } from '../../src/redaction.ts'
import type { OAuth2 } from '../schema/auth.ts'
import { template } from '../template.ts'
import type { AuthContext } from './authority.ts'
import type { Authority, Credentials } from './credentials.ts'
import { lifetimeMs, readToken, tokenAnswer } from './token-answer.ts'
import { dropToken, keepToken, knownToken, tokenKey } from './token-cache.ts'

const what = 'the request for a token'

/** Attempts to store a rotated refresh token, and the pause before the second one in milliseconds. Lost, somebody has to give access anew. */
const saveAttempts = 4
const savePauseMs = 50

/**
 * @throws WeaverError `missing_secret`; `invalid_config` where a refresh token may rotate and nothing can be stored: to ask would spend the
 * one there is.
 */
export function oauth2Authority(auth: OAuth2, context: AuthContext): Authority {
  const grant = auth.grant === 'refreshToken' ? refreshGrant(auth, context) : clientGrant()
  const clientSecret = auth.secret === undefined ? undefined : context.secret(auth.secret)
  const tokenUrl = template(auth.tokenUrl, context)({ cursor: undefined, partition: {} }) ?? auth.tokenUrl
  const hidden = [
    ...(clientSecret === undefined ? [] : [clientSecret, `${encode(auth.clientId)}:${encode(clientSecret)}`]),
    ...grant.hidden,
  ]
  const key = () => tokenKey(auth, tokenUrl, clientSecret, grant.fields())
  const ask = async (): Promise<string> => {
    const form = { ...auth.parameters, ...(auth.scope === undefined ? {} : { scope: auth.scope }), ...grant.fields() }
    const reading: AnswerReading = { clock: context.clock, redact: redaction(hidden) }
    const response = await context.http.request({
      method: 'POST',
      url: tokenUrl,
      ...clientProof(auth, clientSecret, form),
      secrets: hidden,
    })
    const json = tokenAnswer(response, reading, what)
    const value = readToken(lookup(json, ['access_token']), '`access_token`', what)
    hidden.push(value)
    await grant.rotate(json, hidden)
    const ms = lifetimeMs(lookup(json, ['expires_in']), auth.expiresIn ?? 600_000)
    keepToken(key(), { value, expiresAt: context.clock.now() + ms })
    return value
  }
  return {
    hidden,
    async credentials(): Promise<Credentials> {
      const known = knownToken(key(), context.clock)?.value
      if (known !== undefined && !hidden.includes(known)) hidden.push(known)
      return { headers: { authorization: `Bearer ${known ?? (await ask())}` }, query: {}, hidden }
    },
    forget({ headers }) {
      dropToken(key(), (headers.authorization ?? '').slice('Bearer '.length))
    },
  }
}

/** RFC 6749 wants both parts of the pair as in a form. */
const encode = (text: string): string => new URLSearchParams({ s: text }).toString().slice(2)

function clientProof({ clientId, clientAuth = 'basic' }: OAuth2, secret: string | undefined, form: Readonly<Record<string, string>>) {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
  if (secret === undefined) return { headers, body: new URLSearchParams({ ...form, client_id: clientId }).toString() }
  if (clientAuth === 'body') {
    return { headers, body: new URLSearchParams({ ...form, client_id: clientId, client_secret: secret }).toString() }
  }
  const pair = Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString('base64')
  return { headers: { ...headers, authorization: `Basic ${pair}` }, body: new URLSearchParams(form).toString() }
}

interface Grant {
  readonly hidden: readonly string[]
  fields(): Readonly<Record<string, string>>
  /** Keeps what the source gave in place of what was spent. */
  rotate(answer: Json, hidden: string[]): Promise<void>
}

const clientGrant = (): Grant => ({
  hidden: [],
  fields: () => ({ grant_type: 'client_credentials' }),
  rotate: () => Promise.resolve(),
})

function refreshGrant({ refreshSecret, rotates = true }: Extract<OAuth2, { grant: 'refreshToken' }>, context: AuthContext): Grant {
  const { saveSecret } = context
  let token = context.secret(refreshSecret)
  if (rotates && saveSecret === undefined) {
    throw notKept('The source may give a new refresh token, and nothing can store it here', 'Set `rotates` to false if it does not.')
  }
  return {
    hidden: [token],
    fields: () => ({ grant_type: 'refresh_token', refresh_token: token }),
    async rotate(answer, hidden) {
      const given = lookup(answer, ['refresh_token'])
      if (typeof given !== 'string' || given === '' || given === token) return
      hidden.push(given)
      if (saveSecret === undefined) {
        throw notKept('The source gave a new refresh token, and nothing can store it here', 'Take `rotates` out, and give access anew.')
      }
      await save(refreshSecret, given, saveSecret, context)
      token = given
    },
  }
}

/** The old token is worth nothing any more, so what stands in the way of storing the new one is tried again as far as it can pass. */
async function save(name: string, value: string, saveSecret: NonNullable<AuthContext['saveSecret']>, { clock, signal, log }: AuthContext) {
  for (let attempt = 1; ; attempt++) {
    try {
      await saveSecret(name, value)
      return
    } catch (error) {
      if (attempt === saveAttempts || !(error instanceof WeaverError) || !error.retryable) throw error
      log.warn({ code: error.code, attempt }, 'a new refresh token could not be stored')
      await clock.sleep(savePauseMs * 2 ** (attempt - 1), signal)
    }
  }
}

const notKept = (message: string, hint: string): WeaverError =>
  new WeaverError('invalid_config', message, {
    errors: [{ field: 'config.auth.rotates', problem: 'cannot be true where nothing can be stored', hint }],
  })
