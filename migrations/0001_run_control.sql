CREATE TABLE "weaver"."operation_targets" (
	"operation_id" uuid NOT NULL,
	"run_id" uuid,
	"delivery_id" bigint,
	"worker_id" text,
	"acknowledged_at" timestamp (3) with time zone,
	CONSTRAINT "operation_targets_target" UNIQUE NULLS NOT DISTINCT("operation_id","run_id","delivery_id")
);
--> statement-breakpoint
CREATE TABLE "weaver"."operations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text DEFAULT 'default' NOT NULL,
	"action" text NOT NULL,
	"scope" jsonb NOT NULL,
	"change" jsonb,
	"mode" text,
	"deadline_at" timestamp (3) with time zone,
	"state" text NOT NULL,
	"matched" integer DEFAULT 0 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"position" uuid,
	"error" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "weaver"."budget_reservations" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"key" text NOT NULL,
	"run_id" uuid NOT NULL,
	"stream_id" uuid NOT NULL,
	"place" bigint NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "budget_reservations_tenant_key_run_id_pk" PRIMARY KEY("tenant","key","run_id")
);
--> statement-breakpoint
CREATE TABLE "weaver"."budget_salt" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"salt" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "weaver"."budget_streams" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"key" text NOT NULL,
	"stream_id" uuid NOT NULL,
	"stream_version" integer NOT NULL,
	"policies" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"concurrency" integer,
	"used_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budget_streams_tenant_key_stream_id_pk" PRIMARY KEY("tenant","key","stream_id")
);
--> statement-breakpoint
CREATE TABLE "weaver"."budgets" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"key" text NOT NULL,
	"name" text,
	"host" text,
	"configured" jsonb,
	"policies" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"concurrency" integer,
	"usage" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"leases" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"turn" bigint DEFAULT 0 NOT NULL,
	"blocked_until" timestamp (3) with time zone,
	"stated_limit" bigint,
	"remaining" bigint,
	"reset_at" timestamp (3) with time zone,
	"learned_from" text,
	"learned_at" timestamp (3) with time zone,
	"version" bigint DEFAULT 0 NOT NULL,
	"changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budgets_tenant_key_pk" PRIMARY KEY("tenant","key")
);
--> statement-breakpoint
ALTER TABLE "weaver"."results" DROP CONSTRAINT "results_seq";--> statement-breakpoint
ALTER TABLE "weaver"."deliveries" DROP CONSTRAINT "deliveries_result_id_results_id_fk";
--> statement-breakpoint
ALTER TABLE "weaver"."results" DROP CONSTRAINT "results_stream_id_streams_id_fk";
--> statement-breakpoint
ALTER TABLE "weaver"."results" DROP CONSTRAINT "results_run_id_runs_id_fk";
--> statement-breakpoint
ALTER TABLE "weaver"."runs" DROP CONSTRAINT "runs_stream_id_streams_id_fk";
--> statement-breakpoint
DROP INDEX "weaver"."deliveries_run";--> statement-breakpoint
DROP INDEX "weaver"."runs_active";--> statement-breakpoint
DROP INDEX "weaver"."runs_worker";--> statement-breakpoint
ALTER TABLE "weaver"."deliveries" ADD COLUMN "worker_id" text;--> statement-breakpoint
ALTER TABLE "weaver"."results" ADD COLUMN "gap" jsonb;--> statement-breakpoint
ALTER TABLE "weaver"."runs" ADD COLUMN "tick_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "weaver"."runs" ADD COLUMN "draining" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."runs" ADD COLUMN "canary" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "ordinal" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "weaver"."streams_ordinal_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "overlap" text DEFAULT 'skip' NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "ends_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "continuous" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "open_stretch" uuid;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "good_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "failures" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "resume_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "paused_by" text;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "probe_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "canary_version" integer;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "canary_mode" text;--> statement-breakpoint
ALTER TABLE "weaver"."streams" ADD COLUMN "canary_left" integer;--> statement-breakpoint
ALTER TABLE "weaver"."workers" ADD COLUMN "drain_wanted" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."workers" ADD COLUMN "drain_ms" integer;--> statement-breakpoint
ALTER TABLE "weaver"."workers" ADD COLUMN "clock_difference_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."workers" ADD COLUMN "memory_bytes" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."operation_targets" ADD CONSTRAINT "operation_targets_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "weaver"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "operations_open" ON "weaver"."operations" USING btree ("id") WHERE state in ('applying', 'waiting');--> statement-breakpoint
CREATE INDEX "operations_age" ON "weaver"."operations" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "budget_reservations_expiry" ON "weaver"."budget_reservations" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "budget_streams_used" ON "weaver"."budget_streams" USING btree ("tenant","key","used_at");--> statement-breakpoint
CREATE INDEX "budgets_changed" ON "weaver"."budgets" USING btree ("changed_at");--> statement-breakpoint
CREATE INDEX "deliveries_stopped" ON "weaver"."deliveries" USING btree ("stream_id") WHERE state in ('holding', 'held');--> statement-breakpoint
CREATE INDEX "runs_leased" ON "weaver"."runs" USING btree ("lease_until") WHERE lease_until is not null;--> statement-breakpoint
CREATE INDEX "runs_due" ON "weaver"."runs" USING btree ("enqueue_after") WHERE enqueue_after is not null;--> statement-breakpoint
CREATE INDEX "runs_in_line" ON "weaver"."runs" USING btree ("stream_id","id") WHERE enqueue_after is not null;--> statement-breakpoint
-- Rows of these tables are updated soon after they were written, without touching an index: their pages keep room for it.
ALTER TABLE "weaver"."streams" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "weaver"."runs" SET (fillfactor = 60);--> statement-breakpoint
ALTER TABLE "weaver"."deliveries" SET (fillfactor = 70);
