CREATE TABLE `archive` (
	`domain` text NOT NULL,
	`kept_from` integer NOT NULL,
	`key` text NOT NULL,
	`object` text NOT NULL,
	`from_epoch` text NOT NULL,
	`from_pos` integer NOT NULL,
	`to_epoch` text NOT NULL,
	`to_pos` integer NOT NULL,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL,
	`min_time` integer NOT NULL,
	`max_time` integer NOT NULL,
	`entries` integer NOT NULL,
	`offset` integer NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`domain`, `kept_from`, `key`, `object`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `candles` ADD `updated_at` integer DEFAULT 0 NOT NULL;