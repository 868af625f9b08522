CREATE TABLE "weaver"."run_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weaver"."run_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"run_id" uuid NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"level" text NOT NULL,
	"attempt" integer NOT NULL,
	"worker_id" text NOT NULL,
	"message" text NOT NULL,
	"fields" jsonb NOT NULL
);
--> statement-breakpoint
-- Instant: a column without a default writes no rows. Workers from before this leave it empty.
ALTER TABLE "weaver"."deliveries" ADD COLUMN "transform_ms" real;--> statement-breakpoint
CREATE INDEX "run_log_run" ON "weaver"."run_log" USING btree ("run_id","id");--> statement-breakpoint
CREATE INDEX "run_log_age" ON "weaver"."run_log" USING btree ("at");