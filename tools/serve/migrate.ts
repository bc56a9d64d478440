/* D1's migrations, applied once each, in order, before the Worker can see the database. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { wrangler } from "./packages.ts";
import { Refusal, reasonOf } from "./refusal.ts";

/* The table of `wrangler d1 migrations apply`, so that either may be used on the same state. */
const TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`;

export function migrationsIn(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".sql"))
        .sort()
    : [];
}

/** A file and its mark are one transaction: a kill between two files repeats nothing, and one that fails leaves nothing. */
export async function applyMigration(db: D1Database, file: string, statements: readonly string[]): Promise<void> {
  const mark = db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(file);
  try {
    await db.batch([...statements.map((sql) => db.prepare(sql)), mark]);
  } catch (error) {
    throw new Refusal(`Migration ${file} cannot be applied, and nothing of it was: ${reasonOf(error)}`);
  }
  console.error(`Applied migration ${file}.`);
}

async function applyTo(db: D1Database, folder: string): Promise<void> {
  await db.prepare(TABLE).run();
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const { unstable_splitSqlQuery: splitStatements } = wrangler();
  const applied = new Set(results.map((row) => row.name));
  for (const file of migrationsIn(folder).filter((name) => !applied.has(name))) {
    await applyMigration(db, file, splitStatements(readFileSync(join(folder, file), "utf8")));
  }
}

/** A list beside the database's files saves a start of the runtime when nothing is new. It goes when they go. */
const markIn = (storage: string) => join(storage, "d1", "migrations.json");

function listedIn(storage: string): string[] {
  try {
    return JSON.parse(readFileSync(markIn(storage), "utf8")) as string[];
  } catch {
    // First start, or the list was cut short: D1's own table decides.
    return [];
  }
}

/** `withDatabase` starts a runtime that has the database and nothing else, so that no alarm fires on old tables. */
export async function migrate(
  folder: string,
  storage: string,
  withDatabase: (use: (db: D1Database) => Promise<void>) => Promise<void>,
): Promise<void> {
  const files = migrationsIn(folder);
  const listed = new Set(listedIn(storage));
  if (files.every((file) => listed.has(file))) return;
  await withDatabase((db) => applyTo(db, folder));
  writeFileSync(markIn(storage), JSON.stringify(files));
}
