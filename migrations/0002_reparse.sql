-- Workers from before this go on: deliveries of their own pages are as they were. Deliveries that a re-parse or a redrive makes are held back while
-- such a worker is up in the pool of the stream, since it would transform them with the version of the result. The last statement builds an
-- index over all deliveries and lets no worker write to them meanwhile: about a second per million rows.
CREATE TABLE "weaver"."open_redeliveries" (
	"operation_id" uuid NOT NULL,
	"delivery_id" bigint NOT NULL,
	CONSTRAINT "open_redeliveries_operation_id_delivery_id_pk" PRIMARY KEY("operation_id","delivery_id")
);
--> statement-breakpoint
CREATE TABLE "weaver"."redeliveries" (
	"operation_id" uuid PRIMARY KEY NOT NULL,
	"wish" jsonb NOT NULL,
	"stream_id" uuid,
	"stream_version" integer,
	"even_stopped" boolean DEFAULT false NOT NULL,
	"after" bigint NOT NULL,
	"up_to" bigint NOT NULL,
	"matched" integer DEFAULT 0 NOT NULL,
	"done" integer DEFAULT 0 NOT NULL,
	"deliveries" integer DEFAULT 0 NOT NULL,
	"delivered" integer DEFAULT 0 NOT NULL,
	"documents" integer DEFAULT 0 NOT NULL,
	"dead_letters" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "weaver"."deliveries" DROP CONSTRAINT "deliveries_result";--> statement-breakpoint
ALTER TABLE "weaver"."deliveries" ALTER COLUMN "run_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."dead_letters" ADD COLUMN "position" smallint;--> statement-breakpoint
ALTER TABLE "weaver"."dead_letters" ADD COLUMN "resolved_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "weaver"."dead_letters" ADD COLUMN "resolution" text;--> statement-breakpoint
ALTER TABLE "weaver"."deliveries" ADD COLUMN "stream_version" integer;--> statement-breakpoint
ALTER TABLE "weaver"."workers" ADD COLUMN "redelivers" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "weaver"."open_redeliveries" ADD CONSTRAINT "open_redeliveries_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "weaver"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "weaver"."redeliveries" ADD CONSTRAINT "redeliveries_operation_id_operations_id_fk" FOREIGN KEY ("operation_id") REFERENCES "weaver"."operations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "open_redeliveries_delivery" ON "weaver"."open_redeliveries" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "dead_letters_open" ON "weaver"."dead_letters" USING btree ("id") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "dead_letters_open_result" ON "weaver"."dead_letters" USING btree ("result_id") WHERE resolved_at is null;--> statement-breakpoint
ALTER TABLE "weaver"."deliveries" ADD CONSTRAINT "deliveries_result" UNIQUE NULLS NOT DISTINCT("result_id","position","stream_version");