import { judgeImport } from '../repository/layers.ts'
import { literalText, type Node, pathOf, type Rule } from './syntax.ts'

/** Imports follow the table of layers: services → packages → contracts, and some libraries only where they belong. */
export const imports: Rule = {
  create(context) {
    const file = pathOf(context)
    const check = (node: Node, specifier: string | undefined) => {
      const problem = specifier === undefined ? undefined : judgeImport(file, specifier)
      if (problem !== undefined) context.report({ node, message: problem })
    }
    return {
      // A type reaches nothing: contracts may name a socket without being able to open one.
      ImportDeclaration: (node) => {
        if (node.importKind !== 'type' || !node.source.value.startsWith('node:')) check(node, node.source.value)
      },
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ImportExpression: (node) => check(node, literalText(node.source)),
      CallExpression(node) {
        const [first] = node.arguments
        if (node.callee.type === 'Identifier' && node.callee.name === 'require' && first !== undefined) check(node, literalText(first))
      },
    }
  },
}
