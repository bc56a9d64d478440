/* The servers under load: the product as `npm start` runs it, and `hello`. Each is a process of its own and is ended with
 * the benchmark, whatever way that ends. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { freePort, newServer, type Server } from "../test/e2e/server.ts";
import type { ScriptName } from "./hello/scripts.ts";
import { Refusal } from "./refusal.ts";

const running = new Set<{ stop(): Promise<void> }>();

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop().catch((error: unknown) => console.error(error))));
  running.clear();
}

/** Ends a server with the benchmark, whatever way that ends, or when `use` is over. */
export async function whileRunning<T>(server: { stop(): Promise<void> }, use: () => Promise<T>): Promise<T> {
  running.add(server);
  try {
    return await use();
  } finally {
    running.delete(server);
    await server.stop();
  }
}

/** Runs the product with these variables of wrangler.toml for as long as `use` takes, on a new state folder. */
export async function withProduct<T>(env: Record<string, string>, use: (server: Server) => Promise<T>): Promise<T> {
  const server = await newServer({ env });
  return whileRunning(server, async () => {
    try {
      const code = await server.start();
      if (code !== undefined) throw new Refusal(`The server ended with ${code} before it served.`);
      await server.ready();
      return await use(server);
    } catch (error) {
      if (server.output.trim() !== "") console.error(`The server wrote:\n${server.output.slice(-4_000)}`);
      throw error;
    }
  });
}

export class HelloServer {
  readonly url: string;
  readonly #child: ChildProcess;

  constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  /** It ends by itself when nobody holds the other end of its channel. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await exited;
  }
}

export const startHello = (): Promise<HelloServer> => startBare("hello");

/** A Worker with nothing of the product in it, in a process of its own. */
export async function startBare(script: ScriptName, bindings: Record<string, string> = {}): Promise<HelloServer> {
  const port = await freePort();
  const args = [String(port), script, JSON.stringify(bindings)];
  const child = fork(new URL("./hello/serve.ts", import.meta.url), args, {
    env: { ...process.env, NODE_ENV: "production" },
  });
  const outcome = await Promise.race([
    once(child, "message").then(() => "ready"),
    once(child, "exit").then(() => "ended"),
  ]);
  if (outcome !== "ready") throw new Refusal(`The ${script} server ended before it served; what it wrote is above.`);
  const server = new HelloServer(`http://127.0.0.1:${port}/`, child);
  running.add(server);
  return server;
}
