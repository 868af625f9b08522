-- Instant: a column without a default writes no rows. Supervisors from before this purge nothing.
ALTER TABLE "weaver"."streams" ADD COLUMN "purge_operation" uuid;--> statement-breakpoint
CREATE INDEX "streams_purge" ON "weaver"."streams" USING btree ("purge_operation") WHERE purge_operation is not null;