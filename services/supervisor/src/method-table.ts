import type { FastifyInstance } from 'fastify'

/** Which methods there are for which paths, to tell a wrong method from a wrong path. */
export class MethodTable {
  readonly #methods = new Map<string, Set<string>>()

  /** Make it before the routes. */
  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      if (url.includes('*')) return
      const known = this.#methods.get(url) ?? new Set()
      for (const one of [method].flat()) known.add(one)
      this.#methods.set(url, known)
    })
  }

  /** The methods of a path, none when there is no such path. */
  allowed(url: string): readonly string[] {
    const path = (url.split('?', 1)[0] ?? '').split('/')
    const fits = (pattern: string): boolean => {
      const parts = pattern.split('/')
      return (
        parts.length === path.length && parts.every((part, index) => (part.startsWith(':') ? path[index] !== '' : part === path[index]))
      )
    }
    return [...this.#methods].flatMap(([pattern, methods]) => (fits(pattern) ? [...methods] : [])).toSorted()
  }
}
