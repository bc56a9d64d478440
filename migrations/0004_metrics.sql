CREATE TABLE `metric_days` (
	`name` text NOT NULL,
	`day` integer NOT NULL,
	`labels` text NOT NULL,
	`object` text NOT NULL,
	`rollup` text NOT NULL,
	PRIMARY KEY(`name`, `day`, `labels`, `object`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `metric_series` (
	`name` text NOT NULL,
	`labels` text NOT NULL,
	`object` text NOT NULL,
	`since` integer NOT NULL,
	PRIMARY KEY(`name`, `labels`, `object`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `operational_events` (
	`object` text NOT NULL,
	`epoch` text NOT NULL,
	`seq` integer NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`detail` text NOT NULL,
	PRIMARY KEY(`object`, `epoch`, `seq`)
) WITHOUT ROWID;
