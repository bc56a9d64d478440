/* `npm run dev` before `wrangler dev`: the tables are made in wrangler's state, and an admin key beside it. Without the first
 * every request is a 503, without the second nobody may do anything. What .dev.vars says comes before it. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { readConfiguration } from "./serve/configuration.ts";
import { newAdminKey } from "./serve/keys.ts";
import { migrate } from "./serve/migrate.ts";
import { lastWords } from "./serve/refusal.ts";
import { withDatabase } from "./serve/runtime.ts";
import { writeWhole } from "./serve/state-folder.ts";

const WRANGLER = ".wrangler";
/** Where `wrangler dev` keeps databases, objects and buckets, as the version of package.json does. */
const STATE = join(WRANGLER, "state", "v3");
/** Read by `wrangler dev --env-file`. */
const VARIABLES = join(WRANGLER, "dev.env");

/** The admin key in the file; made once. */
export function keptAdminKey(file: string): string {
  const known = existsSync(file) ? /^ADMIN_KEY=(.+)$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  if (known !== undefined) return known;
  const key = newAdminKey();
  mkdirSync(dirname(file), { recursive: true });
  writeWhole(file, `ADMIN_KEY=${key}\nTIDINGS_RUNTIME=local\n`);
  return key;
}

async function prepare(): Promise<void> {
  const configuration = readConfiguration();
  await migrate(configuration.database.migrations, STATE, (use) => withDatabase(configuration, STATE, use));
  const key = keptAdminKey(VARIABLES);
  console.log(
    existsSync(".dev.vars") ? "The admin key is that of .dev.vars." : `The admin key is ${key} (${VARIABLES}).`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await prepare().catch((error: unknown) => {
    console.error(lastWords(error));
    process.exitCode = 1;
  });
}
