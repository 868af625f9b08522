import { Prose } from '../../parts/prose.tsx'
import type { FieldProblem } from '@data-weaver/client'
import { createContext, useContext } from 'react'
import type { Schema } from './schema.ts'

const ProblemsContext = createContext<readonly FieldProblem[]>([])

/** What the server found wrong, for the fields below. */
export const ProblemsProvider = ProblemsContext

/** Finds what the server said about a field, by its dotted path. */
export function useProblem(): (path: string) => FieldProblem | undefined {
  const problems = useContext(ProblemsContext)
  return (path) => problems.find(({ field }) => field === path)
}

export function Problem({ path }: { readonly path: string }) {
  const problem = useProblem()(path)
  if (problem === undefined) return null
  return (
    <p className="field-problem small">
      {problem.problem}
      {problem.hint === undefined ? '' : ` ${problem.hint}`}
    </p>
  )
}

/** Description and problem of a field. */
export function FieldText({ schema, path, id }: { readonly schema: Schema; readonly path: string; readonly id?: string }) {
  return (
    <div id={id}>
      {schema.description === undefined ? null : (
        <p className="muted small">
          <Prose text={schema.description} />
        </p>
      )}
      <Problem path={path} />
    </div>
  )
}
