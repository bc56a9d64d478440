CREATE TABLE `node_events` (
	`node` text NOT NULL,
	`epoch` text NOT NULL,
	`seq` integer NOT NULL,
	`event` text NOT NULL,
	`status` text NOT NULL,
	`at` integer NOT NULL,
	`downtime_s` real,
	`severity` text NOT NULL,
	`message` text,
	`boot_id` text,
	PRIMARY KEY(`node`, `epoch`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `nodes` (
	`node` text PRIMARY KEY NOT NULL,
	`pool` text NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`active` integer NOT NULL,
	`health` text NOT NULL,
	`since` integer NOT NULL,
	`last_seen` integer,
	`boot_id` text,
	`config` text NOT NULL,
	`object` text NOT NULL,
	`epoch` text NOT NULL,
	`seq` integer NOT NULL,
	`registered_at` integer NOT NULL
) WITHOUT ROWID;
