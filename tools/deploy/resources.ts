/* What a deployment needs to exist on the account. Each is looked for first: deploying again creates nothing. */
import type { Unstable_Config } from "wrangler";
import { SCHEMES, schemeMismatch, schemeText } from "../../src/domain/scheme.ts";
import { Refusal } from "../serve/refusal.ts";
import { askWrangler, jsonIn, mustAsk } from "./wrangler.ts";

interface Database {
  name: string;
  uuid: string;
}

async function findDatabase(name: string): Promise<string | undefined> {
  const databases = jsonIn<Database[]>(await mustAsk(["d1", "list", "--json"]));
  return databases.find((database) => database.name === name)?.uuid;
}

/** The id of the database. It is not in wrangler.toml, since it differs from account to account. */
export async function databaseId(name: string, say: (line: string) => void): Promise<string> {
  const known = await findDatabase(name);
  if (known !== undefined) return known;
  say(`Creating the D1 database ${name}.`);
  await mustAsk(["d1", "create", name]);
  const created = await findDatabase(name);
  if (created === undefined)
    throw new Refusal(`The D1 database ${name} was created but is not listed. Deploy again in a minute.`);
  return created;
}

/** Every queue that is written, read, or takes what failed. */
export function queuesOf(config: Unstable_Config): string[] {
  const producers = config.queues.producers?.map((producer) => producer.queue) ?? [];
  const consumers = config.queues.consumers?.flatMap(({ queue, dead_letter_queue: dead }) => [queue, dead]) ?? [];
  return [...new Set([...producers, ...consumers])].filter((name) => name !== undefined);
}

export async function ensureQueue(name: string, say: (line: string) => void): Promise<void> {
  const { ok } = await askWrangler(["queues", "info", name]);
  if (ok) return;
  say(`Creating the queue ${name}.`);
  await mustAsk(["queues", "create", name]);
}

/** Every bucket that is bound. */
export const bucketsOf = (config: Unstable_Config): string[] =>
  config.r2_buckets.map(({ bucket_name }) => bucket_name).filter((name) => name !== undefined);

export async function ensureBucket(name: string, say: (line: string) => void): Promise<void> {
  const { ok } = await askWrangler(["r2", "bucket", "info", name]);
  if (ok) return;
  say(`Creating the R2 bucket ${name}.`);
  await mustAsk(["r2", "bucket", "create", name]);
}

interface Executed {
  results: { name: string; value: string }[];
}

/** Refuses a scheme that the installation was not begun with, before anything is changed. */
export async function refuseOtherScheme(
  database: string,
  configFile: string,
  variables: Record<string, string>,
): Promise<void> {
  const query = `SELECT name, value FROM facts WHERE name IN (${SCHEMES.map(({ fact }) => `'${fact}'`).join(", ")})`;
  const args = ["d1", "execute", database, "--remote", "--json", "--config", configFile, "--command", query];
  const { ok, out } = await askWrangler(args);
  // A database without tables belongs to an installation that has not begun.
  if (!ok && out.includes("no such table")) return;
  if (!ok) throw new Refusal(`The partition scheme could not be read from D1: ${out.trim().split("\n")[0]}`);
  const facts = jsonIn<Executed[]>(out)[0]?.results ?? [];
  for (const scheme of SCHEMES) {
    const stored = facts.find((fact) => fact.name === scheme.fact)?.value;
    const partitions = variables[scheme.variable]?.trim() || undefined;
    const configured = schemeText(scheme, partitions === undefined ? undefined : Number(partitions));
    const mismatch = stored === undefined ? undefined : schemeMismatch(scheme, configured, stored);
    if (mismatch !== undefined) throw new Refusal(mismatch);
  }
}

/** Sets the secret if the Worker has none of that name. Resolves with whether it did. */
export async function ensureSecret(name: string, value: () => string, configFile: string): Promise<boolean> {
  const secrets = jsonIn<{ name: string }[]>(await mustAsk(["secret", "list", "--config", configFile]));
  if (secrets.some((secret) => secret.name === name)) return false;
  await mustAsk(["secret", "put", name, "--config", configFile], { input: value() });
  return true;
}
