CREATE SCHEMA IF NOT EXISTS "weaver";
--> statement-breakpoint
CREATE TABLE "weaver"."dead_letters" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weaver"."dead_letters_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"tenant" text DEFAULT 'default' NOT NULL,
	"stream_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"result_id" uuid NOT NULL,
	"delivery_id" bigint NOT NULL,
	"sink" text NOT NULL,
	"record" integer,
	"error" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dead_letters_record" UNIQUE NULLS NOT DISTINCT("delivery_id","record")
);
--> statement-breakpoint
CREATE TABLE "weaver"."deliveries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "weaver"."deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"result_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"sink" text NOT NULL,
	"tenant" text DEFAULT 'default' NOT NULL,
	"stream_id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"records" integer DEFAULT 0 NOT NULL,
	"documents" integer DEFAULT 0 NOT NULL,
	"dead_letters" integer DEFAULT 0 NOT NULL,
	"error" jsonb,
	"enqueue_after" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "deliveries_result" UNIQUE("result_id","position")
);
--> statement-breakpoint
CREATE TABLE "weaver"."idempotency_keys" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"status" integer,
	"headers" jsonb,
	"body" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_tenant_key_pk" PRIMARY KEY("tenant","key")
);
--> statement-breakpoint
CREATE TABLE "weaver"."results" (
	"id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "weaver"."results_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"txid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"tenant" text DEFAULT 'default' NOT NULL,
	"stream_id" uuid NOT NULL,
	"stream_version" integer NOT NULL,
	"run_id" uuid NOT NULL,
	"part" integer NOT NULL,
	"key" text NOT NULL,
	"sha256" text NOT NULL,
	"size" bigint NOT NULL,
	"content_type" text NOT NULL,
	"request" jsonb NOT NULL,
	"response" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "results_seq" UNIQUE("seq")
);
--> statement-breakpoint
CREATE TABLE "weaver"."runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text DEFAULT 'default' NOT NULL,
	"stream_id" uuid NOT NULL,
	"stream_version" integer,
	"trigger" text NOT NULL,
	"tick" timestamp (3) with time zone,
	"ticks" integer DEFAULT 1 NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"epoch" integer DEFAULT 0 NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"losses" integer DEFAULT 0 NOT NULL,
	"worker_id" text,
	"lease_until" timestamp (3) with time zone,
	"enqueue_after" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp (3) with time zone,
	"fetched_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"error" jsonb,
	"parts" integer DEFAULT 0 NOT NULL,
	"pages" integer DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"records" integer DEFAULT 0 NOT NULL,
	"documents" integer DEFAULT 0 NOT NULL,
	"dead_letters" integer DEFAULT 0 NOT NULL,
	"pending_deliveries" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "runs_tick" UNIQUE("stream_id","tick")
);
--> statement-breakpoint
CREATE TABLE "weaver"."stream_secrets" (
	"stream_id" uuid NOT NULL,
	"name" text NOT NULL,
	"sealed" text NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stream_secrets_stream_id_name_pk" PRIMARY KEY("stream_id","name")
);
--> statement-breakpoint
CREATE TABLE "weaver"."stream_versions" (
	"stream_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"transform_version" integer NOT NULL,
	"spec" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stream_versions_stream_id_version_pk" PRIMARY KEY("stream_id","version")
);
--> statement-breakpoint
CREATE TABLE "weaver"."streams" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"adapter" text NOT NULL,
	"desired" text DEFAULT 'stopped' NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"transform_version" integer DEFAULT 1 NOT NULL,
	"secrets_version" integer DEFAULT 1 NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"pool" text DEFAULT 'default' NOT NULL,
	"every" bigint,
	"anchor" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"accounted_until" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"cursor" jsonb,
	"active_run_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "weaver"."workers" (
	"id" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"version" text NOT NULL,
	"pools" text[] NOT NULL,
	"slots" integer NOT NULL,
	"draining" boolean DEFAULT false NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"heartbeat_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "weaver"."dead_letters" ADD CONSTRAINT "dead_letters_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "weaver"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weaver"."deliveries" ADD CONSTRAINT "deliveries_result_id_results_id_fk" FOREIGN KEY ("result_id") REFERENCES "weaver"."results"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weaver"."results" ADD CONSTRAINT "results_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "weaver"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weaver"."results" ADD CONSTRAINT "results_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "weaver"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weaver"."runs" ADD CONSTRAINT "runs_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "weaver"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weaver"."stream_secrets" ADD CONSTRAINT "stream_secrets_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "weaver"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weaver"."stream_versions" ADD CONSTRAINT "stream_versions_stream_id_streams_id_fk" FOREIGN KEY ("stream_id") REFERENCES "weaver"."streams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dead_letters_stream" ON "weaver"."dead_letters" USING btree ("stream_id","id");--> statement-breakpoint
CREATE INDEX "deliveries_pending" ON "weaver"."deliveries" USING btree ("enqueue_after") WHERE state = 'pending';--> statement-breakpoint
CREATE INDEX "deliveries_run" ON "weaver"."deliveries" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "idempotency_keys_age" ON "weaver"."idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "results_stream" ON "weaver"."results" USING btree ("stream_id","seq");--> statement-breakpoint
CREATE INDEX "results_run" ON "weaver"."results" USING btree ("run_id","part");--> statement-breakpoint
CREATE INDEX "results_feed" ON "weaver"."results" USING btree ("txid","seq");--> statement-breakpoint
CREATE INDEX "runs_stream" ON "weaver"."runs" USING btree ("stream_id","id");--> statement-breakpoint
CREATE INDEX "runs_active" ON "weaver"."runs" USING btree ("state","lease_until") WHERE state in ('queued', 'running', 'waiting', 'stopping');--> statement-breakpoint
CREATE INDEX "runs_worker" ON "weaver"."runs" USING btree ("worker_id") WHERE state in ('running', 'stopping');--> statement-breakpoint
CREATE UNIQUE INDEX "streams_name" ON "weaver"."streams" USING btree ("tenant","name") WHERE deleted_at is null;