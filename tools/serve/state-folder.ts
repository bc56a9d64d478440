/* The state folder: one server at a time, and what a killed server left running is ended first.
 *
 * server.json   who holds the folder (pid and start time), where it listens, and how `npm run cron` reaches it
 * workerd.json  the runtime of that server: SIGKILL of Node leaves workerd serving, holding the port and writing this state
 * admin-key     the key that was made at the first start
 * seal-key      what secrets in the database are sealed under
 * storage/      what Miniflare keeps: durable objects, D1, queues' metadata
 * All of it is readable by its owner alone. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { endProcess, isRunning, markOf, type ProcessMark } from "./processes.ts";
import { Refusal, reasonOf } from "./refusal.ts";

export interface Holder extends ProcessMark {
  url?: string;
  control?: { port: number; token: string };
}

export const OWNER_ONLY = 0o600;

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    // Not there, or cut short by a kill while it was written: either way it marks nothing.
    return undefined;
  }
}

/** Replaces the file in one step: a reader sees the old content or the new one, also where there is no room for the new one. */
export function writeWhole(file: string, text: string): void {
  const fresh = `${file}.${process.pid}`;
  try {
    writeFileSync(fresh, text, { mode: OWNER_ONLY });
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

const writeJson = (file: string, value: unknown) => writeWhole(file, JSON.stringify(value));

export function holderOf(folder: string): Holder | undefined {
  const holder = readJson<Holder>(join(folder, "server.json"));
  return holder !== undefined && isRunning(holder) ? holder : undefined;
}

const isCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code;

/** With its parents. Node's own recursive mkdir never returns below a folder that is there and takes none, as /proc is. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Made by another server meanwhile; what is no folder is found when the lock is written.
    if (!isCode(error, "EEXIST")) throw error;
  }
}

/** Where the runtime makes files, two levels deep. What another user's server has made (sudo, once) takes none of ours: each request
 * would fail, and nobody would say why. */
export function foldersOf(path: string, depth = 2): string[] {
  if (!existsSync(path)) return [];
  // The innermost hold a file or three of each object: too many to read for nothing.
  const inside = depth === 0 ? [] : readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [path, ...inside.flatMap((entry) => foldersOf(join(path, entry.name), depth - 1))];
}

export class StateFolder {
  readonly path: string;
  readonly #mine: Holder = markOf(process.pid);

  /** Takes the folder, or refuses with the reason. */
  constructor(path: string) {
    this.path = path;
    try {
      makeFolder(path);
      for (const folder of foldersOf(join(path, "storage"))) accessSync(folder, constants.W_OK);
      this.#take();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal(`The state folder ${path} cannot be used: ${reasonOf(error)}`);
    }
  }

  get #lock(): string {
    return join(this.path, "server.json");
  }

  /** Three tries: each finds the lock free, held, or left behind by a dead server. */
  #take(): void {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        writeFileSync(this.#lock, JSON.stringify(this.#mine), { flag: "wx", mode: OWNER_ONLY });
        return;
      } catch (error) {
        if (!isCode(error, "EEXIST")) throw error;
      }
      const holder = holderOf(this.path);
      if (holder !== undefined) {
        const where = holder.url === undefined ? "" : ` at ${holder.url}`;
        throw new Refusal(`The state folder ${this.path} is used by another server${where} (process ${holder.pid}).`);
      }
      this.#clearStale();
    }
    throw new Refusal(`The state folder ${this.path} is being taken by another server.`);
  }

  /** Moves the stale lock aside. If a server that started with us was faster, what was moved is its lock: it goes back. */
  #clearStale(): void {
    const aside = `${this.#lock}.stale-${process.pid}`;
    try {
      renameSync(this.#lock, aside);
    } catch (error) {
      if (isCode(error, "ENOENT")) return;
      throw error;
    }
    const moved = readJson<Holder>(aside);
    if (moved !== undefined && isRunning(moved)) renameSync(aside, this.#lock);
    else rmSync(aside, { force: true });
  }

  /** Ends the workerd of a server that was killed. Its objects are durable; two runtimes on one state are not. */
  async endOrphan(): Promise<void> {
    const orphan = readJson<ProcessMark>(join(this.path, "workerd.json"));
    if (orphan !== undefined && (await endProcess(orphan, "workerd"))) {
      console.error(`Ended the runtime that a killed server left behind (process ${orphan.pid}).`);
    }
  }

  /** A server goes on without the note: it is for the next one, should this one be killed. */
  recordRuntime(pid: number): void {
    try {
      writeJson(join(this.path, "workerd.json"), markOf(pid));
    } catch (error) {
      console.error(`The runtime (process ${pid}) could not be noted in the state folder: ${reasonOf(error)}`);
    }
  }

  recordAddress(url: string, control: Holder["control"]): void {
    writeJson(this.#lock, { ...this.#mine, url, control });
  }

  release(): void {
    rmSync(join(this.path, "workerd.json"), { force: true });
    rmSync(this.#lock, { force: true });
  }
}
