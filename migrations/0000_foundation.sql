CREATE TABLE `candles` (
	`symbol` text NOT NULL,
	`resolution` text NOT NULL,
	`start` integer NOT NULL,
	`open` real NOT NULL,
	`high` real NOT NULL,
	`low` real NOT NULL,
	`close` real NOT NULL,
	`volume` real NOT NULL,
	`count` integer NOT NULL,
	`open_at` integer NOT NULL,
	`open_epoch` text NOT NULL,
	`open_seq` integer NOT NULL,
	`close_at` integer NOT NULL,
	`close_epoch` text NOT NULL,
	`close_seq` integer NOT NULL,
	`window` text,
	PRIMARY KEY(`symbol`, `resolution`, `start`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `cursors` (
	`object` text NOT NULL,
	`purpose` text NOT NULL,
	`epoch` text NOT NULL,
	`pos` integer NOT NULL,
	`rolled` integer NOT NULL,
	`parked` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`object`, `purpose`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`object` text NOT NULL,
	`purpose` text NOT NULL,
	`body` text NOT NULL,
	`reason` text NOT NULL,
	`events` integer NOT NULL,
	`parked_at` integer NOT NULL,
	`applied_at` integer
);
--> statement-breakpoint
CREATE INDEX `dead_letters_parked_at` ON `dead_letters` (`parked_at`);--> statement-breakpoint
CREATE TABLE `facts` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `keys` (
	`id` text PRIMARY KEY NOT NULL,
	`hash` text NOT NULL,
	`role` text NOT NULL,
	`name` text NOT NULL,
	`scope` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `keys_hash_unique` ON `keys` (`hash`);--> statement-breakpoint
CREATE TABLE `objects` (
	`class` text NOT NULL,
	`name` text NOT NULL,
	`epoch` text NOT NULL,
	`registered_at` integer NOT NULL,
	PRIMARY KEY(`class`, `name`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `points` (
	`id` integer PRIMARY KEY NOT NULL,
	`dataset` text NOT NULL,
	`timestamp` integer NOT NULL,
	`index1` text NOT NULL,
	`blobs` text NOT NULL,
	`doubles` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `symbols` (
	`symbol` text PRIMARY KEY NOT NULL,
	`object` text NOT NULL,
	`epoch` text NOT NULL,
	`registered_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `tickets` (
	`hash` text PRIMARY KEY NOT NULL,
	`key_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`stream` text
) WITHOUT ROWID;
