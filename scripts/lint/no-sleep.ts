import { type Call, memberName, type Node, type Rule } from './syntax.ts'

const message = 'A test waits for a condition, not for a time: a fixed sleep is too short on a slow machine and too long on every other.'
/** Shorter waits are the step of a polling loop, milliseconds. */
const longestStep = 100

/** No fixed sleeps: no timer that does nothing but resolve, no `sleep(500)`, no timers/promises. */
export const noSleep: Rule = {
  create: (context) => ({
    CallExpression(node) {
      const name = calleeName(node)
      if (name === 'setTimeout' && resolvesOnly(node)) context.report({ node, message })
      if (name === 'sleep' && isLong(node)) context.report({ node, message })
    },
    ImportDeclaration(node) {
      if (/^(node:)?timers\/promises$/.test(node.source.value)) context.report({ node, message })
    },
  }),
}

function calleeName({ callee }: Call): string | undefined {
  if (callee.type === 'Identifier') return callee.name
  return callee.type === 'MemberExpression' ? memberName(callee) : undefined
}

/** `new Promise((done) => setTimeout(done, 500))`, also with `() => done()`: the first argument is, or only calls, the executor's parameter. */
function resolvesOnly(node: Call): boolean {
  const [callback] = node.arguments
  if (callback === undefined) return false
  const name = callback.type === 'Identifier' ? callback.name : onlyCall(callback)
  return name !== undefined && executorParameter(node) === name
}

function onlyCall(node: Call['arguments'][number]): string | undefined {
  if (node.type !== 'ArrowFunctionExpression') return undefined
  const body = node.body.type === 'BlockStatement' ? singleExpression(node.body.body) : node.body
  return body?.type === 'CallExpression' && body.callee.type === 'Identifier' ? body.callee.name : undefined
}

function singleExpression(statements: readonly Node[]): Node | undefined {
  const [statement] = statements
  return statements.length === 1 && statement?.type === 'ExpressionStatement' ? statement.expression : undefined
}

/** The name of the first parameter of the promise executor that the node stands in. */
function executorParameter(node: Node): string | undefined {
  for (let at: Node | null | undefined = node; at !== null && at !== undefined; at = at.parent) {
    if (at.type !== 'ArrowFunctionExpression' && at.type !== 'FunctionExpression') continue
    const outer: Node | null | undefined = at.parent
    if (outer?.type !== 'NewExpression' || outer.callee.type !== 'Identifier' || outer.callee.name !== 'Promise') continue
    const [parameter] = at.params
    return parameter?.type === 'Identifier' ? parameter.name : undefined
  }
  return undefined
}

const isLong = ({ arguments: [first] }: Call): boolean =>
  first?.type === 'Literal' && typeof first.value === 'number' && first.value >= longestStep
