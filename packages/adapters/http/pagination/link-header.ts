const parameter = /\s*;\s*([^\s=;,]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/y
const target = /[\s,]*<([^>]*)>/y

/**
 * The target of the first link with this relation in a `Link` header (RFC 8288), or undefined. Reads to the first thing that is no link.
 */
export function linkTarget(header: string | undefined, relation: string): string | undefined {
  const text = header ?? ''
  let at = 0
  for (;;) {
    const link = matchAt(target, text, at)
    if (link === null) return undefined
    at = target.lastIndex
    let relations: readonly string[] | undefined
    for (let found = matchAt(parameter, text, at); found !== null; found = matchAt(parameter, text, at)) {
      at = parameter.lastIndex
      // The first `rel` counts, a second one is to be ignored.
      if (found[1]?.toLowerCase() === 'rel') relations ??= (found[2] ?? found[3] ?? '').toLowerCase().split(/\s+/)
    }
    if (relations?.includes(relation) === true) return link[1]
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}
