import type { Node, Rule } from './syntax.ts'

/** Blocks of tests are lists, not functions: they may be as long as their file. */
const suites: ReadonlySet<string> = new Set(['describe', 'suite'])
const testsAndSuites: ReadonlySet<string> = new Set([...suites, 'it', 'test'])

/** Functions have at most `{ "max": 70 }` lines, comments and blank lines included. */
export const functionLength: Rule = {
  meta: { schema: [{ type: 'object', properties: { max: { type: 'integer' } }, required: ['max'] }] },
  create(context) {
    const { max } = context.options[0] as { max: number }
    const check = (node: Node) => {
      const lines = node.loc.end.line - node.loc.start.line + 1
      if (lines > max && !isSuite(node))
        context.report({ node, message: `The function has ${lines} lines, more than ${max}. Give its parts names.` })
    }
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check }
  },
}

/** The callback of `describe(…)`, `describe.each(…)(…)`, `describe.skipIf(…)(…)`, and a function (of a conformance suite) that lists tests. */
function isSuite(node: Node): boolean {
  const { parent } = node
  if (parent?.type === 'CallExpression' && (parent.callee as unknown as Node) !== node && calls(parent, suites)) return true
  if (!('body' in node) || node.body === null || !('type' in node.body) || node.body.type !== 'BlockStatement') return false
  return node.body.body.some((statement) => statement.type === 'ExpressionStatement' && calls(statement.expression, testsAndSuites))
}

function calls(call: Node, names: ReadonlySet<string>): boolean {
  let callee = call
  for (;;) {
    if (callee.type === 'CallExpression') callee = callee.callee
    else if (callee.type === 'TaggedTemplateExpression') callee = callee.tag
    else if (callee.type === 'MemberExpression') callee = callee.object
    else return callee.type === 'Identifier' && names.has(callee.name) && call.type === 'CallExpression'
  }
}
