CREATE TABLE `aggregations` (
	`aggregation_id` text PRIMARY KEY NOT NULL,
	`start_time` integer NOT NULL,
	`end_time` integer NOT NULL,
	`metrics` text NOT NULL,
	`submitted_at` integer NOT NULL,
	`done_at` integer,
	`total_requests` integer,
	`result` text
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `request_days` (
	`day` integer NOT NULL,
	`object` text NOT NULL,
	`count` integer NOT NULL,
	`errors` integer NOT NULL,
	`timed` integer NOT NULL,
	`us` integer NOT NULL,
	`min` integer NOT NULL,
	`max` integer NOT NULL,
	`bins` text NOT NULL,
	`sized` integer NOT NULL,
	`bytes` integer NOT NULL,
	`changed_at` integer NOT NULL,
	PRIMARY KEY(`day`, `object`)
) WITHOUT ROWID;
