/* Keys of a server on this machine. The first admin key: given by TIDINGS_ADMIN_KEY, or made once and kept in the state
 * folder. The key that secrets are sealed under: made with the state, and kept in it, so that it outlives an admin key. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "./refusal.ts";
import { writeWhole } from "./state-folder.ts";

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

export const newAdminKey = (): string => `tdk_${newKey()}`;

/** Undefined without a file. One that holds no key was cut short or changed by hand: nobody could tell, were it taken as it is. */
function readKey(file: string, instead: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const key = readFileSync(file, "utf8").trim();
  if (!SENDABLE.test(key)) throw new Refusal(`${file} must hold ${SENDABLE_TEXT}: ${instead}.`);
  return key;
}

function keepKey(file: string, key: string): string {
  writeWhole(file, `${key}\n`);
  return key;
}

export function adminKey(stateFolder: string, env: NodeJS.ProcessEnv): AdminKey {
  const given = env.TIDINGS_ADMIN_KEY;
  if (given) {
    if (!SENDABLE.test(given)) throw new Refusal(`TIDINGS_ADMIN_KEY must be ${SENDABLE_TEXT}.`);
    return { key: given, isNew: false };
  }
  const file = join(stateFolder, "admin-key");
  const known = readKey(file, "write the key there, or remove the file to have one made");
  return { key: known ?? keepKey(file, newAdminKey()), file, isNew: known === undefined };
}

/** Undefined for a state that began without one: there ADMIN_KEY is what seals. To be asked before the state's storage is made. */
export function sealKey(stateFolder: string): string | undefined {
  const file = join(stateFolder, "seal-key");
  const known = readKey(file, "put its copy back, or what is sealed in this state stays closed");
  return known ?? (existsSync(join(stateFolder, "storage")) ? undefined : keepKey(file, newKey()));
}
