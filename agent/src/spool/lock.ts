/* One agent per spool: two of them would deliver the same samples and delete each other's files. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "../refusal.ts";

/** When a process began, in the kernel's own count: a pid alone may be somebody else's by now. Empty where that is not known. */
function startOf(pid: number): string {
  try {
    // The second field, the name, may hold blanks and brackets; the start is the 20th after it.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    // No such process, or not Linux.
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function holderOf(path: string): number | undefined {
  const [pid = "", start = ""] = readFileSync(path, "utf8").split(" ");
  const holder = Number(pid);
  const isHolder = holder > 0 && holder !== process.pid && isAlive(holder) && startOf(holder) === start;
  return isHolder ? holder : undefined;
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** A machine whose disk is full lives all the same, and that it is full is what there is to say: it goes on without a lock. */
function unlessFull(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!["ENOSPC", "EDQUOT"].includes(codeOf(error) ?? "")) throw error;
  }
}

/** Returns what gives it back. A lock that a killed agent left behind is taken over.
 * @param write puts a text into a file */
export function lockFolder(folder: string, write: typeof writeFileSync = writeFileSync): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "lock");
  const mine = `${process.pid} ${startOf(process.pid)}`;
  try {
    unlessFull(() => write(path, mine, { flag: "wx", mode: 0o600 }));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    const holder = holderOf(path);
    if (holder !== undefined) {
      throw new Refusal(`An agent with process id ${holder} uses ${folder} already. Stop it, or give --spool.`);
    }
    unlessFull(() => write(path, mine, { mode: 0o600 }));
  }
  return () => rmSync(path, { force: true });
}
