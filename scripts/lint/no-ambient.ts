import { type Context, type Identifier, literalText, memberName, type Node, type Rule } from './syntax.ts'

const time = 'Take the time from the clock that is passed in (`clock.now()`, `clock.monotonic()`).'
const waiting = 'Wait with `clock.sleep(ms, signal)` of the clock that is passed in.'
const network = 'Reach the outside through the `Http` that is passed in.'
const settings = 'Only a main file reads the environment and the command line; take the value as an argument.'

/** What comes from outside a function without being passed in, by its path from the global scope, and what to do instead. */
const ambient: Readonly<Record<string, string>> = {
  'Date.now': time,
  'Date()': time,
  'performance.now': time,
  'performance.timeOrigin': time,
  'process.hrtime': time,
  'process.uptime': time,
  'Math.random': 'Take the randomness as an argument, or use `randomUUID` or `randomBytes` of node:crypto.',
  setTimeout: waiting,
  setInterval: waiting,
  fetch: network,
  WebSocket: network,
  EventSource: network,
  XMLHttpRequest: network,
  'process.env': settings,
  'process.argv': settings,
  'process.cwd': settings,
  'process.exit': 'Throw, or set `process.exitCode`, so that what is open gets closed; only a main file may exit.',
}

/** The same things by import. `*` stands for the whole module. */
const modules: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'node:timers/promises': { '*': 'setTimeout' },
  'node:timers': { setTimeout: 'setTimeout', setInterval: 'setInterval' },
  'node:perf_hooks': { performance: 'performance.now' },
  'node:process': {
    env: 'process.env',
    argv: 'process.argv',
    cwd: 'process.cwd',
    exit: 'process.exit',
    hrtime: 'process.hrtime',
    uptime: 'process.uptime',
    default: 'process.env',
  },
}

const globalObjects = new Set(['globalThis', 'global', 'window', 'self'])

/**
 * Time, network, environment and randomness come in as arguments. Options: `{ "allow": ["Date.now", …] }` names what a folder may use.
 * The rule sees members, globals, destructuring and imports; an alias of a whole object (`const d = Date`) is left to the reader.
 */
export const noAmbient: Rule = {
  meta: { schema: [{ type: 'object', properties: { allow: { type: 'array', items: { type: 'string' } } } }] },
  create(context) {
    const allowed = new Set((context.options[0] as { allow?: string[] } | undefined)?.allow)
    const report = (node: Node, path: string) => {
      const advice = ambient[path]
      if (advice !== undefined && !allowed.has(path)) context.report({ node, message: `\`${path}\` is not passed in. ${advice}` })
    }
    return {
      Identifier(node) {
        for (const path of globalPaths(node as Identifier, context)) report(node, path)
      },
      ImportDeclaration(node) {
        if (node.importKind === 'type') return
        const names = modules[node.source.value] ?? modules[`node:${node.source.value}`]
        if (names === undefined) return
        for (const specifier of node.specifiers) {
          const name = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : 'default'
          const path = names['*'] ?? names[name]
          if (path !== undefined) report(specifier, path)
        }
      },
    }
  },
}

/** The names that a path can begin with. */
const roots: ReadonlySet<string> = new Set([...globalObjects, ...Object.keys(ambient).map((path) => /^\w+/.exec(path)?.[0] ?? path)])

/** Whether the identifier is read (not a key or a type) and declared nowhere in the file. Needs no list of the globals of an environment. */
function isGlobal(identifier: Identifier, context: Context): boolean {
  const node = identifier as unknown as Node
  const reference = context.sourceCode.getScope(node).references.find((other) => (other.identifier as unknown as Node) === node)
  return reference !== undefined && (reference.resolved === null || reference.resolved.defs.length === 0)
}

const nameOf = (node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string =>
  node.name ?? String(node.value)

/** All paths from the global scope that an identifier begins: `['Date.now']` for `Date.now()`, several for a destructuring. */
function globalPaths(identifier: Identifier, context: Context): string[] {
  if (!roots.has(identifier.name) || !isGlobal(identifier, context)) return []
  const path = globalObjects.has(identifier.name) ? [] : [identifier.name]
  let node: Node = identifier as unknown as Node
  const paths: string[] = []
  for (;;) {
    if (path.length > 0) paths.push(path.join('.'))
    const parent = node.parent
    if (parent === null || parent === undefined) return paths
    if (isTransparent(parent)) {
      node = parent
      continue
    }
    if (parent.type === 'MemberExpression' && parent.object === node) {
      const name = memberName(parent)
      if (name === undefined) return paths
      path.push(name)
      node = parent
      continue
    }
    return [...paths, ...atUse(path, node, parent)]
  }
}

/** Syntax that passes a value on as it is. */
const isTransparent = (node: Node): boolean =>
  ['ChainExpression', 'ParenthesizedExpression', 'TSNonNullExpression', 'TSAsExpression', 'TSSatisfiesExpression'].includes(node.type)

function atUse(path: readonly string[], node: Node, parent: Node): string[] {
  if (parent.type === 'VariableDeclarator' && parent.init === node && parent.id.type === 'ObjectPattern') {
    return parent.id.properties.flatMap((property) => {
      if (property.type !== 'Property') return []
      const name = property.key.type === 'Identifier' && !property.computed ? property.key.name : literalText(property.key)
      return name === undefined ? [] : [[...path, name].join('.')]
    })
  }
  if (path.length !== 1 || path[0] !== 'Date') return []
  const isCall = parent.type === 'CallExpression' && parent.callee === node
  const isNow = parent.type === 'NewExpression' && parent.callee === node && parent.arguments.length === 0
  return isCall || isNow ? ['Date()'] : []
}
