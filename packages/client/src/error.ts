import type { components } from './gen/api.ts'

type Problem = components['schemas']['Problem']
export type FieldProblem = NonNullable<Problem['errors']>[number]

/** An answer that is an error: problem details (RFC 9457) as data. Decide by `code`; messages are for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status. */
  readonly status: number
  /** One of the codes in docs/errors.md; `unknown` when something between here and the API answered. */
  readonly code: string
  readonly title: string
  /** The fields at fault, when the error is about an input. */
  readonly errors: readonly FieldProblem[]
  /** `urn:uuid:` and the id that the logs of the supervisor have for the request. */
  readonly instance: string | undefined
  /** Milliseconds after which the same request makes sense again, when the answer says so. */
  readonly retryAfterMs: number | undefined

  constructor(status: number, problem: Partial<Problem>, retryAfterMs?: number) {
    super(problem.detail ?? problem.title ?? `the answer has status ${status}`)
    this.status = status
    this.code = problem.code ?? 'unknown'
    this.title = problem.title ?? `Status ${status}`
    this.errors = problem.errors ?? []
    this.instance = problem.instance
    this.retryAfterMs = retryAfterMs
  }

  /** Reads the body of an answer that is not a success. */
  static async from(response: Response): Promise<ApiError> {
    const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true
    const problem = isProblem ? ((await response.json().catch(() => ({}))) as Partial<Problem>) : {}
    if (!isProblem) await response.body?.cancel()
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return new ApiError(response.status, problem, Number.isFinite(seconds) ? seconds * 1000 : undefined)
  }
}
