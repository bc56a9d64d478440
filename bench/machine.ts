/* The machine a run was made on, without its name: figures mean nothing without it. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem, type } from "node:os";

const GIB = 2 ** 30;

const git = (...args: string[]): string => spawnSync("git", args, { encoding: "utf8" }).stdout?.trim() ?? "";

function versionOf(name: string): string {
  const file = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** @param cpuPerSecond see busyShare */
export function machineOf(): Record<string, string | number> {
  const dirty = git("status", "--porcelain", "--", "src", "tools", "wrangler.toml") === "" ? "" : ", with changes";
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / GIB),
    kernel: `${type()} ${release()}`,
    node: process.versions.node,
    workerd: versionOf("workerd"),
    commit: `${git("rev-parse", "--short", "HEAD") || "unknown"}${dirty}`,
    load_before: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
