/* Processes by pid and start time. A pid alone is not an identity: the system gives it to another process sooner or later. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ProcessMark {
  pid: number;
  /** When the process started, in whatever form this system tells it; equal for the same process only. */
  started: string;
}

interface Seen {
  started: string;
  command: string;
  /** It has ended and waits for its parent to take note. */
  isZombie: boolean;
}

/** Linux: fields of /proc/<pid>/stat after the command, which may itself contain blanks and brackets. */
function seenInProc(pid: number): Seen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ");
    // The first thread may have ended before others, which still hold what is open: the port among it.
    const isZombie = fields[0] === "Z" && Number(fields[17]) <= 1;
    return { command: stat.slice(stat.indexOf("(") + 1, end), isZombie, started: fields[19] ?? "" };
  } catch {
    // No such process.
    return undefined;
  }
}

function seenByPs(pid: number): Seen | undefined {
  try {
    const line = execFileSync("ps", ["-o", "stat=,lstart=,comm=", "-p", String(pid)], { encoding: "utf8" }).trim();
    const [stat = "", ...rest] = line.split(/\s+/);
    return { isZombie: stat.startsWith("Z"), started: rest.slice(0, 5).join(" "), command: rest.slice(5).join(" ") };
  } catch {
    // No such process, or no ps.
    return undefined;
  }
}

function seen(pid: number): Seen | undefined {
  const found = process.platform === "linux" ? seenInProc(pid) : seenByPs(pid);
  return found?.isZombie ? undefined : found;
}

export function markOf(pid: number): ProcessMark {
  return { pid, started: seen(pid)?.started ?? "" };
}

/** True only for the very process that was marked. */
export function isRunning(mark: ProcessMark): boolean {
  const found = seen(mark.pid);
  return found !== undefined && found.started === mark.started;
}

const GONE_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 20;

/** Kills the marked process if it still runs and its command says what it should be. Resolves once it is gone. */
export async function endProcess(mark: ProcessMark, command: string): Promise<boolean> {
  if (!isRunning(mark) || !seen(mark.pid)?.command.includes(command)) return false;
  process.kill(mark.pid, "SIGKILL");
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (isRunning(mark) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}
