import type { LifecycleOutcome } from '@data-weaver/contracts'

/** How our rules are called: what has another name is somebody else's. */
export const ourRules = 'data-weaver-'
/** Days after which an upload that nobody completed goes. One takes hours at most. */
const incompleteDays = 2

/** A rule as the client takes it and gives it back. */
export type Rule = Readonly<Record<string, unknown>>

/** What rules there are to be. `incomplete`: whether the store takes a rule about uploads that nobody completed. */
export function rulesFor(days: number | null, incomplete: boolean): readonly Rule[] {
  const rule = (name: string, what: Rule): Rule => ({ ID: `${ourRules}${name}`, Status: 'Enabled', Filter: { Prefix: '' }, ...what })
  return [
    ...(days === null ? [] : [rule('expired', { Expiration: { Days: days } })]),
    ...(incomplete ? [rule('incomplete', { AbortIncompleteMultipartUpload: { DaysAfterInitiation: incompleteDays } })] : []),
  ]
}

/** The rules in what the client read: one of them it gives as it is, several as a list. */
export const rulesIn = (config: unknown): readonly Rule[] => [((config ?? {}) as { Rule?: Rule | Rule[] }).Rule ?? []].flat()

export const isForeign = ({ ID }: Rule): boolean => !String(ID).startsWith(ourRules)

/** Whether rules say the same. The client reads all values as texts or numbers, and leaves out what is empty. */
export const sameRules = (some: readonly Rule[], others: readonly Rule[]): boolean => said(some) === said(others)

const said = (rules: readonly Rule[]): string =>
  rules
    .map(({ ID, Status, Expiration, AbortIncompleteMultipartUpload }) => {
      const { Days } = (Expiration ?? {}) as Rule
      const { DaysAfterInitiation } = (AbortIncompleteMultipartUpload ?? {}) as Rule
      return [ID, Status, Days, DaysAfterInitiation].map(String).join(' ')
    })
    .sort()
    .join('\n')

/** What a bucket's operations can do about rules. */
export interface RuleOperations {
  /** Undefined: the store knows no rules. */
  rules(bucket: string, signal: AbortSignal): Promise<readonly Rule[] | 'missing' | undefined>
  /** Answers whether the store took them. */
  setRules(bucket: string, rules: readonly Rule[], signal: AbortSignal): Promise<boolean>
}

/** Brings the rules of a bucket to what they are to be. */
export async function bringRules(
  operations: RuleOperations,
  bucket: string,
  days: number | null,
  signal: AbortSignal,
): Promise<LifecycleOutcome> {
  const there = await operations.rules(bucket, signal)
  if (there === undefined) return 'unsupported'
  if (there === 'missing') return 'set'
  if (there.some(isForeign)) return 'foreign'
  for (const incomplete of [true, false]) {
    const wanted = rulesFor(days, incomplete)
    if (sameRules(there, wanted)) return 'set'
    // MinIO takes no rule about uploads: it removes them by itself after a day.
    if (await operations.setRules(bucket, wanted, signal)) return 'set'
  }
  return 'unsupported'
}
