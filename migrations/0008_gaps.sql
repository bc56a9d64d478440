CREATE TABLE IF NOT EXISTS `gaps` (
	`object` text NOT NULL,
	`purpose` text NOT NULL,
	`epoch` text NOT NULL,
	`upto` integer NOT NULL,
	`pos` integer NOT NULL,
	`events` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`object`, `purpose`, `epoch`, `upto`)
) WITHOUT ROWID;
