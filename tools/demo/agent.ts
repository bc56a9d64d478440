/* This machine under its own agent: the package that the server serves, unpacked and run as npx would. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { AGENT_PACKAGE } from "../agent-package.ts";

/** The machine's name as a node's id may be written. */
export const nodeName = (name = hostname()): string =>
  name
    .replace(/[^A-Za-z0-9._:-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 64) || "this-machine";

/** Returns what stops it: it says goodbye, so that the node is stopped and not lost.
 * @param folder where it is unpacked and keeps what it could not deliver */
export function startAgent({ url, key, folder }: { url: string; key: string; folder: string }): () => Promise<unknown> {
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["xzf", resolve(AGENT_PACKAGE)], { cwd: folder });
  const program = join(folder, "package", "tidings-agent.cjs");
  const args = ["--url", url, "--node", nodeName(), "--pool", "demo", "--spool", join(folder, "spool")];
  const agent = spawn(process.execPath, [program, ...args], {
    stdio: "ignore",
    env: { ...process.env, TIDINGS_KEY: key },
  });
  return async () => {
    if (agent.exitCode !== null) return;
    const ended = once(agent, "exit");
    agent.kill("SIGTERM");
    await ended;
  };
}
