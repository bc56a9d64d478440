/* Ping keys: what stands in the address of whoever cannot send headers. A node's own is shaped like a UUID, the
 * installation's (for addresses by name) is not, so that the two cannot be confused. Both are derived from one sealed
 * secret: no table of them is needed to make them, only to find a node by its key. */
import { readFact, settleFact } from "../storage/queries/facts";
import { BoundedCache } from "./bounded-cache";
import { remembered } from "./remembered";
import { derived, hmacKey } from "./sealed";
import { sha256 } from "./secrets";

const SECRET = "ping";
const CACHE_MS = 60_000;
const foundIn = remembered(() => new BoundedCache<string>(10_000, CACHE_MS));

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => UUID.test(text);

/** A version 8 UUID: one made by the application's own rule. */
function uuidOf(bytes: Uint8Array): string {
  const shaped = Uint8Array.from(bytes);
  shaped[6] = ((shaped[6] as number) & 0x0f) | 0x80;
  shaped[8] = ((shaped[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(shaped, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const nodePingKey = async (env: Env, node: string): Promise<string> =>
  uuidOf(await derived(await hmacKey(env, SECRET), `node\n${node}`));

/** For addresses by name: whoever has it may ping every node. */
export async function pingKey(env: Env): Promise<string> {
  const bytes = await derived(await hmacKey(env, SECRET), "installation");
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join("");
}

/** Hashes are compared, so how long it takes tells nothing about the key. */
export async function isPingKey(env: Env, text: string): Promise<boolean> {
  const [given, own] = await Promise.all([sha256(text), pingKey(env).then(sha256)]);
  return given === own;
}

/** By its hash, as all keys are kept: whoever reads the database can ping nobody. */
const factOf = async (key: string): Promise<string> => `ping.${await sha256(key)}`;
/** As keys were noted that were shown before they were hashed. */
const formerFactOf = (key: string): string => `ping.${key}`;

/** The node's key, to be shown: from then on a ping with it finds the node. */
export async function showPingKey(env: Env, node: string): Promise<string> {
  const key = await nodePingKey(env, node);
  await settleFact(env.DB, await factOf(key), node);
  return key;
}

export async function nodeByPingKey(env: Env, key: string, now: number): Promise<string | undefined> {
  const lower = key.toLowerCase();
  const found = foundIn(env);
  const known = found.get(lower, now);
  if (known !== undefined) return known;
  const node = (await readFact(env.DB, await factOf(lower))) ?? (await readFact(env.DB, formerFactOf(lower)));
  if (node !== undefined) found.set(lower, node, now);
  return node;
}
