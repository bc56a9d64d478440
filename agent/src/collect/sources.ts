/* Where readings come from: Node itself where it knows (no process is started for that), else systeminformation. What that
 * package asks of other programs (df, lsblk, cat, PowerShell) is asked seldom, and its dearest calls not at all: the list of
 * interfaces is Node's, and on Linux processes are counted by their folders. */
import { readdir } from "node:fs/promises";
import { cpus, loadavg, networkInterfaces, uptime } from "node:os";
import si from "systeminformation";
import type { Core, Disk, DiskBytes, Interface, Memory, Readings } from "./readings.ts";

export interface Source<T> {
  /** Undefined: this machine has no such thing. */
  read(): Promise<T | undefined>;
  /** A reading this young will do again. */
  minAgeMs: number;
}

export type Sources = { [K in keyof Readings]: Source<Readings[K]> };

async function cores(): Promise<Core[]> {
  return cpus().map(({ times: { user, nice, sys, irq, idle } }) => {
    const busy = user + nice + sys + irq;
    return { busy, total: busy + idle };
  });
}

async function memory(): Promise<Memory> {
  const { total, available, swaptotal, swapused } = await si.mem();
  return { total, available, swapTotal: swaptotal, swapUsed: swapused };
}

/** Disks, not what only looks like one: images mounted by snap, layers of containers, parts of macOS's own volume. */
export function isRealDisk({ fs, mount, type }: { fs: string; mount: string; type: string }): boolean {
  if (mount === "/") return true;
  if (mount.startsWith("/System/Volumes/")) return mount === "/System/Volumes/Data";
  return /^(\/dev\/(?!loop)|[A-Za-z]:)/.test(fs) || type === "zfs";
}

async function disks(): Promise<Disk[]> {
  const seen = new Set<string>();
  const all = (await si.fsSize()).filter(isRealDisk).sort((a, b) => a.mount.length - b.mount.length);
  return all.flatMap(({ fs, mount, size, available, use }) => {
    // A disk that is mounted in several places is one disk, called by its shortest path.
    if (seen.has(fs) || size <= 0) return [];
    seen.add(fs);
    return [{ mount, size, available, usedPercent: use }];
  });
}

async function diskBytes(): Promise<DiskBytes | undefined> {
  const stats = (await si.fsStats()) as { rx: number; wx: number } | null;
  return stats === null || (stats.rx === 0 && stats.wx === 0) ? undefined : { read: stats.rx, written: stats.wx };
}

const VIRTUAL =
  /^(lo|docker|veth|br-|virbr|cni|flannel|cali|vxlan|kube|nodelocaldns|awdl|llw|utun|anpi|gif|stf|bridge)/;

export function interfaceNames(all: ReturnType<typeof networkInterfaces>): string[] {
  const real = Object.entries(all).filter(([name, addresses = []]) => {
    return !VIRTUAL.test(name) && addresses.some(({ internal }) => !internal);
  });
  return real.map(([name]) => name);
}

async function interfaces(): Promise<Interface[]> {
  const names = interfaceNames(networkInterfaces());
  if (names.length === 0) return [];
  const stats = await si.networkStats(names.join(","));
  return stats.map(({ iface, rx_bytes, tx_bytes, rx_errors, tx_errors }) => ({
    name: iface,
    rxBytes: rx_bytes,
    txBytes: tx_bytes,
    rxErrors: rx_errors,
    txErrors: tx_errors,
  }));
}

async function processes(): Promise<number> {
  if (process.platform !== "linux") return (await si.processes()).all;
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).length;
}

let hasThermometer = true;

/** Machines without one are asked once: virtual ones are the most. */
async function temperature(): Promise<number | undefined> {
  if (!hasThermometer) return undefined;
  const { main } = await si.cpuTemperature();
  hasThermometer = main !== null && main > 0;
  return hasThermometer ? (main ?? undefined) : undefined;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Each of these starts processes; on Windows each is a PowerShell. */
const SHELL_MS = process.platform === "linux" ? 5 * SECOND_MS : 55 * SECOND_MS;

export const systemSources: Sources = {
  cores: { read: cores, minAgeMs: 0 },
  load: { read: async () => loadavg(), minAgeMs: 0 },
  memory: { read: memory, minAgeMs: process.platform === "linux" ? 0 : SHELL_MS },
  disks: { read: disks, minAgeMs: 55 * SECOND_MS },
  diskBytes: { read: diskBytes, minAgeMs: SHELL_MS },
  interfaces: { read: interfaces, minAgeMs: SHELL_MS },
  uptimeS: { read: async () => uptime(), minAgeMs: 0 },
  processes: { read: processes, minAgeMs: process.platform === "linux" ? 0 : 5 * MINUTE_MS },
  temperature: { read: temperature, minAgeMs: 55 * SECOND_MS },
  agentBytes: { read: async () => process.memoryUsage.rss(), minAgeMs: 0 },
};
