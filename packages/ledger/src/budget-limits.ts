import { statement } from './database.ts'

/** Limits in force are those that any of the streams states, unless the budget was configured by name. */
export const sumUpLimits = statement(
  'budget_sum_up',
  `with stated as materialized (
     select i.tenant, i.key, coalesce(jsonb_agg(distinct p.policy) filter (where p.policy is not null), '[]') as policies, min(s.concurrency) as concurrency
     from (select distinct * from unnest($1::text[], $2::text[]) as i(tenant, key)) i
     left join weaver.budget_streams s using (tenant, key) left join lateral jsonb_array_elements(s.policies) as p(policy) on true
     group by i.tenant, i.key),
   locked as materialized (
     select b.tenant, b.key from weaver.budgets b join stated using (tenant, key) where b.configured is null order by b.tenant, b.key for no key update of b)
   update weaver.budgets b set policies = s.policies, concurrency = s.concurrency, version = b.version + 1, changed_at = now()
   from stated s join locked using (tenant, key)
   where b.tenant = s.tenant and b.key = s.key and (b.policies, b.concurrency) is distinct from (s.policies, s.concurrency)
   returning b.key`,
)
