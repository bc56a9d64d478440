/* The same samples through VictoriaMetrics by its own line protocol: a server of Debian's package on a free port. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../test/e2e/server.ts";
import { until } from "../../test/until.ts";
import { type SamplePosts, sampleOf } from "../load/bodies.ts";
import { whileRunning } from "../servers.ts";

const PROGRAM = "victoria-metrics";

class Victoria {
  url = "";
  #child: ChildProcess | undefined;
  readonly #state = mkdtempSync(join(tmpdir(), "tidings-victoria-"));

  async start(): Promise<void> {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const args = [`-httpListenAddr=127.0.0.1:${port}`, `-storageDataPath=${this.#state}`, "-loggerLevel=ERROR"];
    this.#child = spawn(PROGRAM, args, { stdio: "ignore" });
    await until(async () => (await fetch(`${this.url}/health`)).ok, { what: `${PROGRAM} answers` });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
    rmSync(this.#state, { recursive: true, force: true });
  }
}

/** Samples per second; undefined where it is not installed. It acknowledges what is in its memory, not yet on its disk. */
export async function measureVictoria(
  posts: SamplePosts,
  batches: number,
  connections: number,
): Promise<number | undefined> {
  if (spawnSync(PROGRAM, ["--version"]).error !== undefined) return undefined;
  const victoria = new Victoria();
  return whileRunning(victoria, async () => {
    await victoria.start();
    // Made beforehand: the clock runs for the server alone, as it does for ours, whose bodies another process makes.
    const bodies = Array.from({ length: batches }, (_, i) => linesOf(posts, i));
    const startedAt = performance.now();
    const post = async (worker: number) => {
      for (let i = worker; i < batches; i += connections) {
        const response = await fetch(`${victoria.url}/write`, { method: "POST", body: bodies[i] as string });
        if (response.status !== 204) throw new Error(`${PROGRAM} answered ${response.status}.`);
      }
    };
    await Promise.all(Array.from({ length: connections }, (_, worker) => post(worker)));
    return (batches * posts.batch) / ((performance.now() - startedAt) / 1_000);
  });
}

function linesOf(posts: SamplePosts, i: number): string {
  const lines = Array.from({ length: posts.batch }, (_, k) => {
    const { name, labels, value, timestamp } = sampleOf(posts, i * posts.batch + k);
    return `${name.replace(".", "_")},host=${labels.host} value=${value} ${timestamp}000000`;
  });
  return lines.join("\n");
}
