/* Results that follow from files alone, kept from one start to the next: bundling the Worker and letting wrangler read its
 * configuration are half of the work of a start. A result holds as long as every file it was made of says what it said then. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";

const FOLDER = join("node_modules", ".cache", "tidings");
/** Which versions of the tools that make results are installed. */
const VERSIONS = "package-lock.json";

interface Kept {
  /** Hash of each file's content; of one that was not there, and must not appear, undefined. */
  files: Map<string, string | undefined>;
  value: unknown;
}

/** A result and the files that it follows from, those included that were looked for in vain. */
export interface Made<T> {
  value: T;
  files: readonly string[];
}

const hashOf = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");

function contentOf(file: string): string | undefined {
  try {
    return hashOf(readFileSync(file));
  } catch {
    return undefined;
  }
}

const placeOf = (key: readonly unknown[], folder: string): string => join(folder, hashOf(JSON.stringify(key)));

/** What was kept under a key; undefined when nothing was, or a file has changed.
 * @param key everything beside files that the result follows from */
export function recall<T>(key: readonly unknown[], folder = FOLDER): T | undefined {
  try {
    const { files, value } = deserialize(readFileSync(placeOf(key, folder))) as Kept;
    return [...files].every(([file, hash]) => contentOf(file) === hash) ? (value as T) : undefined;
  } catch {
    // Nothing there, or from a version that wrote it otherwise: it is made anew.
    return undefined;
  }
}

/** Keeps a result and returns it. Whoever starts meanwhile sees all of it or nothing; it may hold secrets of a developer. */
export function keep<T>(key: readonly unknown[], { value, files }: Made<T>, folder = FOLDER): T {
  const kept: Kept = { files: new Map([VERSIONS, ...files].map((file) => [file, contentOf(file)])), value };
  const place = placeOf(key, folder);
  const unfinished = `${place}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(unfinished, serialize(kept), { mode: 0o600 });
    renameSync(unfinished, place);
  } catch {
    // Where nothing may be written it is made anew each time, as before it was kept.
  }
  return value;
}
