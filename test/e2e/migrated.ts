/* A database that is migrated once for all servers of the end-to-end tests: each begins with a copy. What a first start does
 * by itself is tried where a test asks for an empty state (`fresh`). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfiguration } from "../../tools/serve/configuration.ts";
import { migrate } from "../../tools/serve/migrate.ts";
import { withDatabase } from "../../tools/serve/runtime.ts";
import { MIGRATED } from "./server.ts";

export async function setup(): Promise<() => void> {
  const storage = join(mkdtempSync(join(tmpdir(), "tidings-migrated-")), "storage");
  const configuration = readConfiguration();
  await migrate(configuration.database.migrations, storage, (use) => withDatabase(configuration, storage, use));
  process.env[MIGRATED] = storage;
  return () => rmSync(join(storage, ".."), { recursive: true, force: true });
}
