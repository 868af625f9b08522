import { type Expression, memberName, type Node, type Rule } from './syntax.ts'

const matchers = new Set(['includes', 'startsWith', 'endsWith', 'match', 'matchAll', 'search', 'indexOf'])
const matching = 'Messages are for people and change. Decide by a code.'

/** Nothing decides by the message of an error: `error.message.includes(…)`, `error.message === …`, `/…/.test(error.message)`. */
export const noMessageMatching: Rule = {
  create: (context) => ({
    CallExpression(node) {
      if (node.callee.type !== 'MemberExpression') return
      const method = memberName(node.callee)
      const onMessage = method !== undefined && matchers.has(method) && isMessage(node.callee.object)
      const byPattern = (method === 'test' || method === 'exec') && node.arguments[0] !== undefined && isMessage(node.arguments[0])
      if (onMessage || byPattern) context.report({ node, message: matching })
    },
    BinaryExpression(node) {
      if (/^[!=]==?$/.test(node.operator) && (isMessage(node.left) || isMessage(node.right))) context.report({ node, message: matching })
    },
    SwitchStatement(node) {
      if (isMessage(node.discriminant)) context.report({ node, message: matching })
    },
  }),
}

/** `error.message`, `cause.message`, `(e as Error).message`: the message of something that is called like an error. */
function isMessage(node: { readonly type: string }): boolean {
  const expression = unwrapped(node as Expression)
  if (expression.type !== 'MemberExpression' || memberName(expression) !== 'message') return false
  const owner = unwrapped(expression.object)
  const name = owner.type === 'Identifier' ? owner.name : owner.type === 'MemberExpression' ? memberName(owner) : undefined
  return name !== undefined && /^(e|err|cause|reason|thrown|problem)$|error$/i.test(name)
}

function unwrapped(node: Expression): Expression {
  let at = node
  while (
    at.type === 'TSAsExpression' ||
    at.type === 'TSNonNullExpression' ||
    at.type === 'ChainExpression' ||
    at.type === 'ParenthesizedExpression'
  ) {
    at = at.expression
  }
  return at
}

const levels = new Set(['debug', 'info', 'warn', 'error'])

/** A log message is a constant string, so that one search finds all of its kind; data goes into the fields. */
export const constantLogMessage: Rule = {
  create: (context) => ({
    CallExpression(node) {
      if (node.callee.type !== 'MemberExpression' || !levels.has(memberName(node.callee) ?? '')) return
      const logger = unwrapped(node.callee.object)
      const name = logger.type === 'Identifier' ? logger.name : logger.type === 'MemberExpression' ? memberName(logger) : undefined
      if (name === undefined || !/^(log|logger|\w+Log)$/.test(name)) return
      const message = node.arguments[1] ?? node.arguments[0]
      if (message !== undefined && isComposed(message)) {
        context.report({ node: message as unknown as Node, message: 'A log message is a constant string. Put the data into the fields.' })
      }
    },
  }),
}

const isComposed = (node: { readonly type: string }): boolean => {
  const expression = node as Expression
  return (expression.type === 'TemplateLiteral' && expression.expressions.length > 0) || expression.type === 'BinaryExpression'
}
