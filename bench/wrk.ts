/* Closed-loop load by wrk, an unmodified public tool: so many connections, each sending its next request when it has its
 * answer. What it sends is post.lua. */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Refusal } from "./refusal.ts";

const POST_SCRIPT = fileURLToPath(new URL("./load/post.lua", import.meta.url));
const HELLO_SCRIPT = fileURLToPath(new URL("./load/get.lua", import.meta.url));

export interface Load {
  connections: number;
  seconds: number;
}

export interface Posting extends Load {
  key: string;
  symbols: number;
  ticksPerRequest: number;
}

export interface LoadResult {
  requestsPerSecond: number;
  requests: number;
  /** Answers with a status of 400 or above, and connections that broke. */
  failed: number;
  p50Ms: number;
  p99Ms: number;
}

export function requireWrk(): void {
  if (spawnSync("wrk", ["--version"]).error === undefined) return;
  throw new Refusal(
    "The closed-loop load comes from wrk, which is not installed. Debian and Ubuntu: apt-get install wrk. " +
      "macOS: brew install wrk. Then run this again; `--only counted` does without it.",
  );
}

export const getWithWrk = (url: string, load: Load): Promise<LoadResult> => runWrk(url, HELLO_SCRIPT, load, []);

export function postWithWrk(url: string, posting: Posting): Promise<LoadResult> {
  const { key, symbols, ticksPerRequest } = posting;
  return runWrk(`${url}/api/v1/prices`, POST_SCRIPT, posting, [key, String(symbols), String(ticksPerRequest)]);
}

async function runWrk(url: string, script: string, load: Load, args: string[]): Promise<LoadResult> {
  // One thread: wrk's needs no more for this, and the server wants the other cores.
  const flags = ["-t1", `-c${load.connections}`, `-d${load.seconds}s`, "--timeout", "10s", "-s", script];
  const child = spawn("wrk", [...flags, url, "--", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  if (code !== 0 || line === undefined) throw new Error(`wrk ended with ${code}: ${output}`);
  return resultOf(JSON.parse(line) as Said);
}

/** What the scripts print at the end: microseconds. */
interface Said {
  requests: number;
  duration: number;
  failed: number;
  p50: number;
  p99: number;
}

function resultOf({ requests, duration, failed, p50, p99 }: Said): LoadResult {
  const requestsPerSecond = (requests - failed) / (duration / 1e6);
  return { requestsPerSecond, requests, failed, p50Ms: p50 / 1e3, p99Ms: p99 / 1e3 };
}
