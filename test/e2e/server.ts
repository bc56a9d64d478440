/* The real server (tools/serve.ts) on a free port with a state folder of its own, to be killed and started again.
 *
 *   const server = await startServer();        // in beforeAll; `await server.stop()` in afterAll
 *   await server.kill("workerd");              // SIGKILL; resolves when it is dead
 *   await server.restart();                    // same port, same state */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../until.ts";

export type Victim = "node" | "workerd" | "both";

export interface ServerOptions {
  port?: number;
  state?: string;
  /** Begins with nothing, where others begin with a database that is migrated. */
  fresh?: boolean;
  /** Variables of wrangler.toml and TIDINGS_*. */
  env?: Record<string, string>;
  args?: string[];
}

const STARTS_WITHIN_MS = 45_000;
/** All that it says when it serves: where, and who has the key. */
const ANNOUNCED = /Tidings is at .*\n.*key is .*\n/;
/** Names a migrated storage to begin with (migrated.ts). */
export const MIGRATED = "TIDINGS_TEST_STORAGE";
export const ADMIN_KEY = "tdk_admin_key_of_the_end_to_end_tests";

/** Below those that the system gives to whoever asks for any, connections among them: one may be gone before a server that is
 * told about it listens, or while that server is killed and started again. */
const PORTS = { from: 10_000, to: 32_000 };

export async function freePort(): Promise<number> {
  const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
  const probe = createServer();
  try {
    await once(probe.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return freePort();
    throw error;
  }
  probe.close();
  await once(probe, "close");
  return port;
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie still takes signals; its parent has not collected it yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    // No such process.
    return false;
  }
}

export class Server {
  readonly url: string;
  readonly port: number;
  readonly state: string;
  readonly key = ADMIN_KEY;
  /** Everything the server wrote since it was made, over all its starts. */
  output = "";
  readonly #options: ServerOptions;
  readonly #ownsState: boolean;
  #child: ChildProcess | undefined;
  /** Children that have ended and whose last words are in `output`. */
  readonly #closed = new WeakSet<ChildProcess>();

  constructor(port: number, options: ServerOptions) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#options = options;
    this.#ownsState = options.state === undefined;
    this.state = options.state ?? mkdtempSync(join(tmpdir(), "tidings-e2e-"));
    const migrated = process.env[MIGRATED];
    if (migrated !== undefined && this.#ownsState && options.fresh !== true) {
      cpSync(migrated, join(this.state, "storage"), { recursive: true });
    }
  }

  /** Starts Node; resolves with its exit code if it ends by itself, else when it has announced its address. */
  async start(): Promise<number | undefined> {
    const args = ["tools/serve.ts", "--port", String(this.port), "--state", this.state, ...(this.#options.args ?? [])];
    const env = { ...process.env, NODE_ENV: "production", TIDINGS_ADMIN_KEY: this.key, ...this.#options.env };
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    const before = this.output.length;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text: Buffer) => {
        this.output += text.toString();
      });
    }
    child.once("close", () => this.#closed.add(child));
    await until(() => this.isOver || child.signalCode !== null || ANNOUNCED.test(this.output.slice(before)), {
      deadlineMs: STARTS_WITHIN_MS,
      what: `the server announces its address; it wrote: ${this.output.slice(before)}`,
    });
    return child.exitCode ?? undefined;
  }

  /** Whether the process of the last start has ended, and all that it wrote is in `output`. */
  get isOver(): boolean {
    return this.#child !== undefined && this.#closed.has(this.#child);
  }

  get nodePid(): number {
    return this.#child?.pid ?? -1;
  }

  get workerdPid(): number {
    return (JSON.parse(readFileSync(join(this.state, "workerd.json"), "utf8")) as { pid: number }).pid;
  }

  /** SIGKILL, and waits until it is dead. A workerd killed alone is started again by its Node: wait with `ready()`. */
  async kill(victim: Victim): Promise<void> {
    const pids = { node: [this.nodePid], workerd: [this.workerdPid], both: [this.nodePid, this.workerdPid] }[victim];
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await until(() => pids.every((pid) => !isAlive(pid)), { what: `${victim} is dead` });
  }

  async ready(deadlineMs = STARTS_WITHIN_MS): Promise<void> {
    await until(async () => (await fetch(`${this.url}/healthz`)).ok, { deadlineMs, what: "/healthz answers 200" });
  }

  /** Starts again on the same port and state, if Node is dead or gives up meanwhile, and waits until it serves. A server that
   * does not start is a failure: it must, whatever was killed. */
  async restart(): Promise<void> {
    let code: number | undefined;
    const serves = async () => {
      if (!isAlive(this.nodePid)) code = await this.start();
      return code !== undefined || (await fetch(`${this.url}/healthz`)).ok;
    };
    await until(serves, { deadlineMs: STARTS_WITHIN_MS, what: "the server serves again" });
    if (code !== undefined) throw new Error(`The server ended with ${code}: ${this.output}`);
  }

  /** Sends the signal of Ctrl-C and resolves with the exit code. */
  async interrupt(signal: "SIGINT" | "SIGTERM" = "SIGINT"): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || !isAlive(this.nodePid)) return child?.exitCode ?? null;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  /** Ends it however it stands, and removes its state. */
  async stop(): Promise<void> {
    await this.interrupt();
    try {
      await this.kill("workerd");
    } catch {
      // A server that stopped by itself has taken its runtime and the file that names it along.
    }
    if (this.#ownsState) rmSync(this.state, { recursive: true, force: true });
  }

  /** A request with the admin key. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${this.key}`);
    return fetch(`${this.url}${path}`, { ...init, headers });
  }
}

/** A server that has not been started. */
export async function newServer(options: ServerOptions = {}): Promise<Server> {
  return new Server(options.port ?? (await freePort()), options);
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = await newServer(options);
  const code = await server.start();
  if (code !== undefined) throw new Error(`The server ended with ${code}: ${server.output}`);
  return server;
}
