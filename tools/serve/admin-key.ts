/* The first admin key: given by TIDINGS_ADMIN_KEY, or made once and kept in the state folder. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface AdminKey {
  key: string;
  /** Where it is kept; undefined when the environment gave it. */
  file?: string;
  /** True at the start that made it: the only time it is shown. */
  isNew: boolean;
}

/** 24 random bytes are 32 url-safe characters. */
const newKey = () => `tdk_${randomBytes(24).toString("base64url")}`;

export function adminKey(stateFolder: string, env: NodeJS.ProcessEnv): AdminKey {
  const given = env.TIDINGS_ADMIN_KEY;
  if (given) return { key: given, isNew: false };
  const file = join(stateFolder, "admin-key");
  if (existsSync(file)) return { key: readFileSync(file, "utf8").trim(), file, isNew: false };
  const key = newKey();
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return { key, file, isNew: true };
}
