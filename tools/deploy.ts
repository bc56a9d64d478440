/* `npm run deploy`: creates what is missing on the account that wrangler is signed in to, then deploys.
 *
 * The order matters. The partition scheme is compared before anything changes; tables come before the code that reads them
 * (migrations only add); the secret comes last, because there is no Worker to hold it before the first deployment.
 * Variables of wrangler.toml can be set for one deployment by the environment: PRICE_PARTITIONS=64 npm run deploy. */
import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import {
  bucketsOf,
  databaseId,
  ensureBucket,
  ensureQueue,
  ensureSecret,
  queuesOf,
  refuseOtherScheme,
} from "./deploy/resources.ts";
import { mustAsk } from "./deploy/wrangler.ts";
import { readConfiguration, variablesOf } from "./serve/configuration.ts";
import { Refusal } from "./serve/refusal.ts";

/** wrangler.toml with the id of this account's database; beside it, because its paths are relative; ignored by git. */
const WITH_ID = "wrangler.deploy.toml";

const say = (line: string) => console.log(line);

function writeConfigWithId(database: string, id: string): void {
  const toml = readFileSync("wrangler.toml", "utf8");
  const name = `database_name = "${database}"`;
  if (!toml.includes(name)) throw new Refusal(`wrangler.toml must say ${name} on a line of its own.`);
  writeFileSync(WITH_ID, toml.replace(name, `${name}\ndatabase_id = "${id}"`));
}

async function deploy(args: string[]): Promise<void> {
  const { config } = readConfiguration();
  const database = config.d1_databases[0]?.database_name;
  if (database === undefined) throw new Refusal("wrangler.toml names no D1 database.");
  const variables = variablesOf(config, process.env);

  writeConfigWithId(database, await databaseId(database, say));
  await refuseOtherScheme(database, WITH_ID, { ...(config.vars as Record<string, string>), ...variables });
  for (const queue of queuesOf(config)) await ensureQueue(queue, say);
  for (const bucket of bucketsOf(config)) await ensureBucket(bucket, say);
  say("Applying migrations.");
  await mustAsk(["d1", "migrations", "apply", database, "--remote", "--config", WITH_ID]);
  const set = Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  await mustAsk(["deploy", "--config", WITH_ID, ...set, ...args], { shown: true });

  const key = process.env.TIDINGS_ADMIN_KEY || `tdk_${randomBytes(24).toString("base64url")}`;
  if (await ensureSecret("ADMIN_KEY", () => key, WITH_ID)) {
    const isGiven = key === process.env.TIDINGS_ADMIN_KEY;
    say(isGiven ? "The admin key is TIDINGS_ADMIN_KEY." : `The admin key, shown this once: ${key}`);
  }
}

try {
  await deploy(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(WITH_ID, { force: true });
}
