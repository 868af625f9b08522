-- Instant: a column with a constant default writes no rows. Workers from before this never look at it.
ALTER TABLE "weaver"."streams" ADD COLUMN "expired_until" bigint DEFAULT 0 NOT NULL;