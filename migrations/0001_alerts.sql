CREATE TABLE `alert_events` (
	`alert_id` text NOT NULL,
	`epoch` text NOT NULL,
	`seq` integer NOT NULL,
	`event_id` text,
	`type` text NOT NULL,
	`severity` text NOT NULL,
	`text` text,
	`start_time` integer NOT NULL,
	`end_time` integer NOT NULL,
	`accepted_at` integer NOT NULL,
	PRIMARY KEY(`alert_id`, `epoch`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `alerts` (
	`alert_id` text PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`location` text NOT NULL,
	`types` text NOT NULL,
	`type` text NOT NULL,
	`severity` text NOT NULL,
	`start_time` integer NOT NULL,
	`end_time` integer NOT NULL,
	`over_at` integer NOT NULL,
	`count` integer NOT NULL,
	`revision` integer NOT NULL,
	`said_at` text NOT NULL,
	`opened_at` integer NOT NULL,
	`closed_at` integer,
	`drill` integer NOT NULL,
	`cancelled` integer NOT NULL,
	`superseded_by` text
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `alerts_over_at` ON `alerts` (`over_at`,`alert_id`);--> statement-breakpoint
CREATE TABLE `reach` (
	`alert_id` text NOT NULL,
	`epoch` text NOT NULL,
	`seq` integer NOT NULL,
	`event_type` text NOT NULL,
	`registered` integer NOT NULL,
	`asked` integer NOT NULL,
	`flushed` integer NOT NULL,
	`acknowledged` integer NOT NULL,
	`p50_ms` real,
	`p99_ms` real,
	`counted_at` integer NOT NULL,
	PRIMARY KEY(`alert_id`, `epoch`, `seq`)
) WITHOUT ROWID;
