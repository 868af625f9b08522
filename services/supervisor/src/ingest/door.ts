import { WeaverError } from '@data-weaver/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Authentication } from '../auth.ts'
import type { SupervisorParts } from '../parts.ts'
import { WrongTokens } from '../session/wrong-tokens.ts'
import type { Target, Targets } from './targets.ts'

/** A key that was changed this long ago counts everywhere, milliseconds. */
const keysFreshMs = 200

/** Whether the sender is known; otherwise its signature is looked at when the body is there. */
export interface Caller {
  readonly target: Target
  readonly proven: boolean
}

/** Who may push: whoever has the API's token, or what the stream asks of its senders. */
export class Door {
  readonly #targets: Targets
  readonly #clock: SupervisorParts['clock']
  readonly #bearer: Authentication['bearer']
  /** Apart from those of the API: a sender with an old key must not lock people out. */
  readonly #wrong: WrongTokens

  constructor(targets: Targets, { clock }: Pick<SupervisorParts, 'clock'>, { bearer }: Pick<Authentication, 'bearer'>) {
    this.#targets = targets
    this.#clock = clock
    this.#bearer = bearer
    this.#wrong = new WrongTokens(clock)
  }

  /**
   * Before a body is read. Who is not let in does not learn whether there is such a stream.
   * @throws WeaverError `unauthorized`, `signature_invalid`, `too_many_attempts`, `not_found`
   */
  async admit(request: FastifyRequest, reply: FastifyReply, idOrName: string): Promise<Caller> {
    const found = await this.#targets.get(idOrName).catch((error: unknown) => error)
    if (found instanceof Error && !(found instanceof WeaverError && found.code === 'not_found')) throw found
    const target = found instanceof Error ? undefined : (found as Target)
    const proven = await this.#isProven(request, reply, target)
    // That there was no such stream may have been a moment ago.
    return { target: target ?? (await this.#targets.get(idOrName, this.#clock.monotonic())), proven }
  }

  async #isProven(request: FastifyRequest, reply: FastifyReply, target: Target | undefined): Promise<boolean> {
    const { headers } = request
    const claims = target?.sender?.claims(headers) === true
    if (target === undefined || !claims) return await this.#asCaller(request, reply)
    if (target.sender?.fromHeaders !== true) {
      // What is said outright counts alone.
      if (headers.authorization !== undefined) return await this.#asCaller(request, reply)
      this.#wrong.demandPatience(request.ip)
      return false
    }
    try {
      await this.verify(request, target, noBody)
      return true
    } catch (error) {
      // The header may be the one of the API's own token.
      if (headers.authorization === undefined) throw error
      return await this.#asCaller(request, reply)
    }
  }

  async #asCaller(request: FastifyRequest, reply: FastifyReply): Promise<true> {
    await this.#bearer(request, reply)
    return true
  }

  /**
   * Looks at what the sender proves itself with. Answers what makes the request one of a kind, when the signature says so.
   * @throws WeaverError `signature_invalid`, `too_many_attempts`
   */
  async verify(request: FastifyRequest, target: Target, body: Uint8Array): Promise<string | undefined> {
    this.#wrong.demandPatience(request.ip)
    const signed = { headers: request.headers, body, now: this.#clock.now() }
    let verdict = target.sender?.verify(signed)
    if (verdict?.valid !== true) {
      // Its key may have been changed a moment ago.
      const newer = await this.#targets.get(target.stream.id, this.#clock.monotonic() - keysFreshMs)
      verdict = newer.sender?.verify(signed) ?? verdict
    }
    if (verdict?.valid === true) {
      this.#wrong.right(request.ip)
      return verdict.once
    }
    this.#wrong.wrong(request.ip)
    throw new WeaverError('signature_invalid', verdict?.problem ?? 'the stream takes no signatures')
  }
}

const noBody = new Uint8Array(0)
