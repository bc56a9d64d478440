/* The peers, running: RabbitMQ and Redis on free ports with their data in a temporary directory, and the three services.
 * Everything is a child of this process and ended by its id. */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../test/e2e/server.ts";
import { until } from "../../test/until.ts";
import { Refusal } from "../refusal.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
/** The script that Debian's wrapper runs as another user; it takes whoever calls it. */
const DEBIAN_RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const STARTS_WITHIN_MS = 60_000;
const STOPS_WITHIN_MS = 10_000;

const isInstalled = (program: string): boolean => spawnSync("which", [program]).status === 0;

/** Why the peers cannot run here; undefined when they can. */
export function missingForPeers(): string | undefined {
  const missing = ["rabbitmq-server", "redis-server", "epmd"].filter((program) => !isInstalled(program));
  if (missing.length === 0) return undefined;
  return `The peers are not measured: ${missing.join(" and ")} not installed (apt-get install rabbitmq-server redis-server).`;
}

export interface Peers {
  /** Takes POST /api/alerts. */
  postPort: number;
  /** Of the sockets. */
  url: string;
}

/** Their packages, once; not those of the product. */
function installPackages(): void {
  if (existsSync(join(HERE, "node_modules", ".package-lock.json"))) return;
  console.log("  Installing the packages of the peers (npm ci in bench/peers), once.");
  const { status } = spawnSync("npm", ["ci", "--prefix", HERE, "--no-audit", "--no-fund"], { stdio: "inherit" });
  if (status !== 0) throw new Refusal("npm could not install the packages of the peers.");
}

async function answers(port: number, what: string, child: ChildProcess): Promise<void> {
  const isOpen = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
  const state = async () => {
    if (child.exitCode !== null) throw new Refusal(`${what} ended with ${child.exitCode} before it served.`);
    return isOpen();
  };
  await until(state, { deadlineMs: STARTS_WITHIN_MS, what: `${what} answers`, everyMs: 100 });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  if (child.connected) child.disconnect();
  else child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), STOPS_WITHIN_MS);
  await exited;
  clearTimeout(late);
}

export class PeerStack {
  readonly #folder = mkdtempSync(join(tmpdir(), "tidings-peers-"));
  /** In the order they were started. */
  readonly #children: ChildProcess[] = [];

  async start(): Promise<Peers> {
    installPackages();
    const redis = `redis://127.0.0.1:${await this.#startRedis()}`;
    const amqp = `amqp://127.0.0.1:${await this.#startRabbit()}`;
    const [postPort, socketPort] = [await freePort(), await freePort()];
    const common = { PEERS_AMQP: amqp, PEERS_REDIS: redis };
    await this.#startService("broadcaster.mjs", { ...common, PEERS_PORT: String(socketPort) });
    await this.#startService("processor.mjs", common);
    await this.#startService("listener.mjs", { ...common, PEERS_PORT: String(postPort) });
    return { postPort, url: `http://127.0.0.1:${socketPort}` };
  }

  /** The last one started is the first to go. */
  async stop(): Promise<void> {
    for (const child of this.#children.reverse()) await end(child);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Its log is flushed once a second, as installed. */
  async #startRedis(): Promise<number> {
    const port = await freePort();
    const data = ["--dir", this.#folder, "--appendonly", "yes", "--save", ""];
    const child = this.#spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", ...data], {});
    await answers(port, "redis-server", child);
    return port;
  }

  async #startRabbit(): Promise<number> {
    const [port, dist, names] = [await freePort(), await freePort(), await freePort()];
    const folder = join(this.#folder, "rabbitmq");
    mkdirSync(folder);
    writeFileSync(join(folder, "plugins"), "[].");
    const epmd = { ERL_EPMD_PORT: String(names), ERL_EPMD_ADDRESS: "127.0.0.1" };
    // A name server of its own: left to itself, Erlang starts one that outlives everything.
    await answers(names, "epmd", this.#spawn("epmd", ["-port", String(names), "-address", "127.0.0.1"], epmd));
    const child = this.#spawn(existsSync(DEBIAN_RABBITMQ) ? DEBIAN_RABBITMQ : "rabbitmq-server", [], {
      ...epmd,
      HOME: folder,
      RABBITMQ_NODENAME: `peers${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(dist),
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
      RABBITMQ_CONFIG_FILE: join(folder, "none"),
      RABBITMQ_PID_FILE: join(folder, "pid"),
    });
    await answers(port, "rabbitmq-server", child);
    return port;
  }

  #spawn(command: string, args: string[], env: Record<string, string>): ChildProcess {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: "ignore" });
    this.#children.push(child);
    return child;
  }

  async #startService(file: string, env: Record<string, string>): Promise<void> {
    const child = fork(join(HERE, file), { env: { ...process.env, NODE_ENV: "production", ...env } });
    this.#children.push(child);
    const outcome = await Promise.race([
      once(child, "message").then(() => "ready"),
      once(child, "exit").then(() => "ended"),
    ]);
    if (outcome !== "ready") throw new Refusal(`${file} ended before it served; what it wrote is above.`);
  }
}
