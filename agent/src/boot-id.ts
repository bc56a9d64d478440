/* Which start of the machine this is. Of the machine and not of the agent: an agent that is updated or restarted is no reboot. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";

const LINUX = "/proc/sys/kernel/random/boot_id";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The computed moment of the start moves when the clock is set; two starts are further apart. */
const SAME_BOOT_MS = 60_000;

function systemsOwn(): string | undefined {
  try {
    const text =
      process.platform === "darwin"
        ? execFileSync("sysctl", ["-n", "kern.bootsessionuuid"], { encoding: "utf8", timeout: 5_000 })
        : readFileSync(LINUX, "utf8");
    return UUID.test(text.trim()) ? text.trim().toLowerCase() : undefined;
  } catch {
    // Windows, a BSD, or a sandbox without /proc.
    return undefined;
  }
}

/** Where the system names no start, its moment does. It is kept, because computing it again gives another millisecond.
 * @param saved the text kept before */
export function bootIdAt(bootedAt: number, saved: string | undefined): string {
  const before = /^boot-(\d+)$/.exec(saved ?? "")?.[1];
  const isSame = before !== undefined && Math.abs(Number(before) - bootedAt) < SAME_BOOT_MS;
  return isSame ? `boot-${before}` : `boot-${Math.round(bootedAt)}`;
}

/** @param folder where to keep it; without one an id that the system does not give may differ at the next call */
export function bootId(folder: string | undefined): string {
  const own = systemsOwn();
  if (own !== undefined) return own;
  const path = folder === undefined ? undefined : join(folder, "boot");
  const saved = path === undefined ? undefined : readIfThere(path);
  const id = bootIdAt(Date.now() - uptime() * 1_000, saved);
  if (path !== undefined && id !== saved) writeFileSync(path, id, { mode: 0o600 });
  return id;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The first start here.
    return undefined;
  }
}
