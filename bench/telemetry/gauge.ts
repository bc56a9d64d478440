/* What processes take while they are measured: CPU and memory, out of /proc. Linux only, as the benchmark's own tools are. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const TICKS_PER_S = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
const EVERY_MS = 500;

/** CPU seconds a process has used. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the program, in brackets, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** Resident bytes. */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1_024;
}

export interface Taken {
  /** Cores, on average. */
  cores: number;
  /** Resident memory, in the middle of the first and of the last fifth of the time, MB. */
  beginMB: number;
  endMB: number;
}

/** What a process takes while `work` runs. */
export async function gauge<T>(pid: number, work: () => Promise<T>): Promise<[T, Taken]> {
  const startedAt = performance.now();
  const cpu = cpuSeconds(pid);
  const sizes = [residentBytes(pid)];
  const timer = setInterval(() => sizes.push(residentBytes(pid)), EVERY_MS);
  try {
    const result = await work();
    const seconds = (performance.now() - startedAt) / 1_000;
    const at = (share: number) => Math.round((sizes[Math.floor(share * (sizes.length - 1))] ?? 0) / 1e6);
    return [result, { cores: (cpuSeconds(pid) - cpu) / seconds, beginMB: at(0.1), endMB: at(0.9) }];
  } finally {
    clearInterval(timer);
  }
}
