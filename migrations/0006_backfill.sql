-- Instant: a column without a default writes no rows.
ALTER TABLE "weaver"."runs" ADD COLUMN "backfill" jsonb;