/* The bundled agent as a process, as npx would run it, against a small server that is killed, frozen and restarted. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import { type Owner, Process, unpackAgent } from "./agent-process.ts";
import { freePort } from "./server.ts";

interface Heard {
  type: string;
  id?: string;
  boot_id?: string;
  status?: string;
  metrics?: Record<string, number>;
}

let work: string;
let program: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "tidings-agent-e2e-"));
  program = await unpackAgent(work);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A session server that keeps its file over restarts. */
class World {
  readonly folder = mkdtempSync(join(work, "world-"));
  readonly file = join(this.folder, "heard");
  readonly port: number;
  readonly #owner: Owner | undefined;
  server: Process;

  private constructor(port: number, owner: Owner | undefined) {
    this.port = port;
    this.#owner = owner;
    this.server = this.#begin();
  }

  static async begin(owner?: Owner): Promise<World> {
    const world = new World(await freePort(), owner);
    await world.heard("started", 1);
    return world;
  }

  #begin(): Process {
    return new Process(["test/agent/session-server.ts", String(this.port), this.file], process.env, this.#owner);
  }

  async restart(): Promise<void> {
    const times = this.all("started").length;
    this.server = this.#begin();
    await this.heard("started", times + 1);
  }

  all(type: string): Heard[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, "utf8").split("\n");
    // The last line may be half written.
    const heard = lines.slice(0, -1).map((line) => JSON.parse(line) as Heard);
    return heard.filter((one) => one.type === type);
  }

  heard(type: string, times: number): Promise<unknown> {
    return until(() => this.all(type).length >= times, {
      deadlineMs: 40_000,
      what: `the server hears "${type}" ${times} times; agent and server said: ${this.agents.map(({ output }) => output)} ${this.server?.output}`,
    });
  }

  readonly agents: Process[] = [];

  agent(args: string[] = [], key = "secret"): Process {
    const url = `http://127.0.0.1:${this.port}`;
    const where = ["--url", url, "--node", "web-1", "--spool", join(this.folder, "spool")];
    const env = { ...process.env, TIDINGS_KEY: key };
    const agent = new Process([program, ...where, "--verbose", ...args], env, this.#owner);
    this.agents.push(agent);
    return agent;
  }

  delivered(agent: Process): Promise<unknown> {
    return until(() => this.samples.length > 0 && this.samples.length === agent.sampled.length, {
      deadlineMs: 40_000,
      what: `nothing waits; the agent said: ${agent.output}`,
    });
  }

  get samples(): string[] {
    return this.all("metrics").map(({ id }) => id as string);
  }
}

const EVERY_SECOND = ["--interval", "1", "--metrics-every", "1"];

// Side by side: each has a world of its own, and waits for it most of the time.
describe.concurrent("an agent whose server is killed", () => {
  it("loses no sample and doubles none, over any number of kills", async (test) => {
    const world = await World.begin(test);
    const agent = world.agent(EVERY_SECOND);
    for (let round = 1; round <= 3; round++) {
      await world.heard("hello", round);
      await world.heard("metrics", world.samples.length + 2);
      await world.server.kill();
      const before = agent.sampled.length;
      await until(() => agent.sampled.length >= before + 2, { what: "the agent samples on while nobody listens" });
      await world.restart();
    }
    await world.delivered(agent);
    agent.child.kill("SIGTERM");
    expect(await agent.code()).toBe(0);
    expect(world.samples).toEqual(agent.sampled);
    expect(world.all("hello").length).toBe(4);
    expect(new Set(world.all("hello").map(({ boot_id }) => boot_id)).size).toBe(1);
  }, 180_000);

  it("delivers after its own death what it had put on disk", async (test) => {
    const world = await World.begin(test);
    const first = world.agent(EVERY_SECOND);
    await world.heard("metrics", 1);
    await world.server.kill();
    await until(() => first.sampled.length >= 7, { what: "some samples wait" });
    await first.kill();
    await world.restart();
    const second = world.agent(EVERY_SECOND);
    await until(() => second.sampled.length >= 2, { what: "the second agent samples" });
    await world.heard("metrics", 6);
    second.child.kill("SIGTERM");
    await second.code();
    expect(new Set(world.samples).size).toBe(world.samples.length);
    const missing = [...first.sampled, ...second.sampled].filter((id) => !world.samples.includes(id));
    // What is younger than two seconds is in memory alone.
    expect(first.sampled.slice(0, -3)).not.toContain(missing[0]);
    expect(missing.length).toBeLessThanOrEqual(3);
    expect(world.samples).toEqual([...world.samples].sort());
  });
});

describe.concurrent("an agent whose server freezes", () => {
  it("finds that nobody answers, and comes back on a new connection", async (test) => {
    const world = await World.begin(test);
    const agent = world.agent(EVERY_SECOND);
    await world.heard("beat", 2);
    world.server.child.kill("SIGSTOP");
    await until(() => agent.output.includes("3 beats without an answer"), { what: "the agent notices" });
    world.server.child.kill("SIGCONT");
    await world.heard("hello", 2);
    await world.delivered(agent);
    agent.child.kill("SIGTERM");
    await agent.code();
    expect(world.samples).toEqual(agent.sampled);
  });
});

describe("a stop", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("by %s is said to the server and ends with 0", async (signal) => {
    const world = await World.begin();
    const agent = world.agent(EVERY_SECOND);
    // A session that beats is one that can say goodbye.
    await world.heard("beat", 1);
    agent.child.kill(signal);
    expect(await agent.code()).toBe(0);
    await world.heard("stopping", 1);
    expect(existsSync(join(world.folder, "spool"))).toBe(true);
  });

  it("does not wait long for a server that is not there", async () => {
    const world = await World.begin();
    const agent = world.agent();
    await world.heard("hello", 1);
    world.server.child.kill("SIGSTOP");
    const started = performance.now();
    agent.child.kill("SIGTERM");
    expect(await agent.code()).toBe(0);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("the command", () => {
  it("prints one sample and tells nobody", async () => {
    const printed = new Process([program, "--print"]);
    expect(await printed.code()).toBe(0);
    const { boot_id, timestamp, metrics } = JSON.parse(printed.output);
    expect(boot_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(Math.abs(Date.parse(timestamp) - Date.now())).toBeLessThan(10_000);
    const always = [
      "cpu.total",
      "cpu.core.0",
      "load.1",
      "mem.used_percent",
      "mem.available_bytes",
      "uptime_s",
      "processes",
    ];
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining([...always, "disk.root.used_percent"]));
  });

  it("sends one beat and one sample with --once", async () => {
    const world = await World.begin();
    expect(await world.agent(["--once"]).code()).toBe(0);
    expect(world.all("http beat")).toMatchObject([{ status: "ok" }]);
    expect(world.all("metrics").length).toBe(1);
    expect(world.all("metrics")[0]?.metrics).toHaveProperty("cpu.total");
  });

  it.each([
    ["has no node", ["--print=0", "--url", "http://127.0.0.1:1", "--key", "k"], "--print"],
    ["has no key", ["--url", "http://127.0.0.1:1", "--node", "n"], "--key is missing (or TIDINGS_KEY)."],
    [
      "meets nobody",
      ["--once", "--url", "http://127.0.0.1:9", "--key", "k", "--node", "n"],
      "The beat did not arrive:",
    ],
  ])("ends with 1 and one line when it %s", async (_, args, line) => {
    const ended = new Process([program, ...args], { PATH: process.env.PATH, HOME: work });
    expect(await ended.code()).toBe(1);
    expect(ended.output).toContain(line);
    expect(ended.output.trim().split("\n").length).toBe(1);
  });

  it("says once that its key is refused, and tries on", async () => {
    const world = await World.begin();
    const agent = world.agent([], "stranger");
    await until(() => agent.output.includes("this key may not beat for this node"), { what: "it says so" });
    expect(agent.child.exitCode).toBe(null);
    expect(await world.agent(["--once"], "stranger").code()).toBe(1);
  });

  it("refuses to run twice for one node", async () => {
    const world = await World.begin();
    const first = world.agent();
    await world.heard("hello", 1);
    const second = world.agent();
    expect(await second.code()).toBe(1);
    expect(second.output).toContain(`An agent with process id ${first.child.pid} uses`);
  });

  it("does not show its key to others on the machine", async () => {
    const world = await World.begin();
    const agent = world.agent(["--key", "secret"]);
    await world.heard("hello", 1);
    expect(readFileSync(`/proc/${agent.child.pid}/cmdline`, "utf8")).not.toContain("secret");
  });
});
