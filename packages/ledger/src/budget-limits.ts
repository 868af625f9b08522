import { statement } from './database.ts'

/** Different limits of one budget, the lowest rates of them. Each is a small list to be kept with every grant. */
const maxPolicies = 32

/** Limits in force are those that any of the streams states, unless the budget was configured by name. */
export const sumUpLimits = statement(
  'budget_sum_up',
  `with stated as materialized (
     select i.tenant, i.key,
       coalesce((select jsonb_agg(p.policy) from (
         select distinct p.policy, (p.policy ->> 'requests')::float8 / (p.policy ->> 'perMs')::float8 as rate
         from weaver.budget_streams s cross join lateral jsonb_array_elements(s.policies) as p(policy)
         where s.tenant = i.tenant and s.key = i.key order by rate, p.policy limit ${maxPolicies}) p), '[]') as policies,
       (select min(s.concurrency) from weaver.budget_streams s where s.tenant = i.tenant and s.key = i.key) as concurrency
     from (select distinct * from unnest($1::text[], $2::text[]) as i(tenant, key)) i),
   locked as materialized (
     select b.tenant, b.key from weaver.budgets b join stated using (tenant, key) where b.configured is null order by b.tenant, b.key for no key update of b)
   update weaver.budgets b set policies = s.policies, concurrency = s.concurrency, version = b.version + 1, changed_at = now()
   from stated s join locked using (tenant, key)
   where b.tenant = s.tenant and b.key = s.key and (b.policies, b.concurrency) is distinct from (s.policies, s.concurrency)
   returning b.key`,
)
