import type { RuleTester } from 'oxlint/plugins-dev'

// oxlint names the types of its plugin interface only inside its rule tester; these are the same types by other names.
type AnyRule = Parameters<RuleTester['run']>[1]
export type Rule = Extract<AnyRule, { create: (...parameters: never[]) => unknown }>
export type Context = Parameters<Rule['create']>[0]
type Visitor = ReturnType<Rule['create']>
type NodeOf<Kind extends keyof Visitor> = Parameters<Extract<Visitor[Kind], (...parameters: never[]) => unknown>>[0]

export type Call = NodeOf<'CallExpression'>
export type Expression = Call['callee']
export type Identifier = Extract<Expression, { type: 'Identifier' }>
export type Member = NodeOf<'MemberExpression'>
/** Any node, as what is seen when walking up the tree. */
export type Node = NonNullable<Member['parent']>

/** The name of a member access when it can be read from the text: `a.b`, `a['b']` and a template without holes. */
export function memberName(member: Member): string | undefined {
  if (!member.computed) return member.property.type === 'Identifier' ? member.property.name : undefined
  return literalText(member.property)
}

/** The value of a string that is written down: a literal or a template without holes. */
export function literalText(node: { readonly type: string }): string | undefined {
  const expression = node as Expression
  if (expression.type === 'Literal') return typeof expression.value === 'string' ? expression.value : undefined
  if (expression.type === 'TemplateLiteral' && expression.expressions.length === 0) return expression.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** The file's path below the folder that is linted, with forward slashes. */
export const pathOf = (context: Context): string => {
  const root = `${context.cwd.replaceAll('\\', '/').replace(/\/$/, '')}/`
  const file = context.filename.replaceAll('\\', '/')
  return file.startsWith(root) ? file.slice(root.length) : file
}
