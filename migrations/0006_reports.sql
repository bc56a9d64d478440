CREATE TABLE `reports` (
	`start` integer NOT NULL,
	`period` text NOT NULL,
	`kind` text NOT NULL,
	`until` integer NOT NULL,
	`written_at` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`start`, `period`, `kind`)
) WITHOUT ROWID;
