/* Keys of a server on this machine. The first admin key: given by TIDINGS_ADMIN_KEY, or made once and kept in the state
 * folder. The key that secrets are sealed under: made with the state, and kept in it, so that it outlives an admin key. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "./refusal.ts";
import { OWNER_ONLY } from "./state-folder.ts";

export interface AdminKey {
  key: string;
  /** Where it is kept; undefined when the environment gave it. */
  file?: string;
  /** True at the start that made it: the only time it is shown. */
  isNew: boolean;
}

/** Any other could not be sent in an Authorization header: it would let nobody in, and say nothing of it. */
const SENDABLE = /^[\x21-\x7e]{1,512}$/;
const SENDABLE_TEXT = "1-512 printable ASCII characters without spaces";

/** 24 random bytes are 32 url-safe characters. */
const newKey = () => randomBytes(24).toString("base64url");

const readKey = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").trim() : undefined);

function keepKey(file: string, key: string): string {
  writeFileSync(file, `${key}\n`, { mode: OWNER_ONLY });
  return key;
}

export function adminKey(stateFolder: string, env: NodeJS.ProcessEnv): AdminKey {
  const given = env.TIDINGS_ADMIN_KEY;
  if (given) {
    if (!SENDABLE.test(given)) throw new Refusal(`TIDINGS_ADMIN_KEY must be ${SENDABLE_TEXT}.`);
    return { key: given, isNew: false };
  }
  const file = join(stateFolder, "admin-key");
  const known = readKey(file);
  return { key: known ?? keepKey(file, `tdk_${newKey()}`), file, isNew: known === undefined };
}

/** Undefined for a state that began without one: there ADMIN_KEY is what seals. To be asked before the state's storage is made. */
export function sealKey(stateFolder: string): string | undefined {
  const file = join(stateFolder, "seal-key");
  return readKey(file) ?? (existsSync(join(stateFolder, "storage")) ? undefined : keepKey(file, newKey()));
}
