import { eventually } from '@data-weaver/testkit'
import { withDatabase } from './facts.ts'

/** SQLSTATEs of what can happen to a database for a while: none of them is the fault of a document. */
export const passingErrors = ['53100', '53200', '53300', '40001', '40P01', '57014', '57P01', '57P03', '08006', '55P03'] as const

/** Makes the table of documents fail on demand, for whoever writes to it. */
export async function prepareSinkFaults(databaseUrl: string): Promise<void> {
  await withDatabase(databaseUrl, async (client) => {
    const there = async () =>
      (await client.query<{ there: boolean }>(`select to_regclass('weaver_documents.documents') is not null as there`)).rows[0]?.there
    await eventually(there, { what: 'the table of documents' })
    await client.query(`
      create schema faults;
      create table faults.now (share float not null, codes text[] not null, wait float not null);
      insert into faults.now values (0, '{}', 0);
      create function faults.strike() returns trigger language plpgsql as $$
      declare now faults.now%rowtype;
      begin
        select * into now from faults.now;
        if now.wait > 0 then perform pg_sleep(now.wait); end if;
        if random() < now.share then
          raise exception 'a fault' using errcode = now.codes[1 + floor(random() * cardinality(now.codes))::int];
        end if;
        return null;
      end $$;
      create trigger faults_strike before insert on weaver_documents.documents for each statement execute function faults.strike()`)
  })
}

/** What happens to statements from now on: this share fails with one of these codes, all take so many seconds longer. */
export async function setSinkFaults(databaseUrl: string, share: number, codes: readonly string[] = passingErrors, wait = 0): Promise<void> {
  await withDatabase(databaseUrl, (client) => client.query('update faults.now set share = $1, codes = $2, wait = $3', [share, codes, wait]))
}

/** Ends every connection of the sinks, in the middle of whatever they are doing. */
export async function resetSinks(databaseUrl: string): Promise<void> {
  await withDatabase(databaseUrl, (client) =>
    client.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'weaver-sink-postgres'`),
  )
}
