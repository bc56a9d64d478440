/* The agent and the real server: what the server makes of its life, its stop and its own death. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../until.ts";
import { Process, unpackAgent } from "./agent-process.ts";
import { type Server, startServer } from "./server.ts";

let work: string;
let program: string;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "tidings-agent-e2e-"));
  program = await unpackAgent(work);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface NodeAnswer {
  status: string;
  boot_id: string | null;
  connected: boolean;
}

const withStop = (events: string[]): string[] | undefined => (events.includes("stopped") ? events : undefined);

describe("an agent of the real server", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
    await server.ready();
  });
  afterAll(() => server.stop());

  const nodeOf = async (node: string): Promise<NodeAnswer> =>
    (await (await server.fetch(`/api/v1/nodes/${node}`)).json()) as NodeAnswer;

  const eventsOf = async (node: string): Promise<string[]> => {
    const answer = await server.fetch(`/api/v1/nodes/${node}/history`);
    const { events } = (await answer.json()) as { events: { event: string }[] };
    return events.map(({ event }) => event);
  };

  const agentOf = (node: string, args: string[] = []) => {
    const spool = mkdtempSync(join(work, "spool-"));
    return new Process([program, "--url", server.url, "--node", node, "--spool", spool, "--verbose", ...args], {
      ...process.env,
      TIDINGS_KEY: server.key,
    });
  };

  const becomes = (node: string, status: string) =>
    until(async () => (await nodeOf(node)).status === status, { deadlineMs: 20_000, what: `${node} is ${status}` });

  it("is up while it runs, and stopped when it stops", async () => {
    const agent = agentOf("clean");
    await becomes("clean", "up");
    agent.child.kill("SIGTERM");
    expect(await agent.code()).toBe(0);
    expect(await nodeOf("clean")).toMatchObject({ status: "stopped", connected: false });
  });

  it("is never thought down while the server is killed, and no restart of the agent is a restart of the node", async () => {
    const first = agentOf("steady", ["--interval", "1"]);
    await becomes("steady", "up");
    // The connection alone makes it up; hello comes a moment later.
    const bootId = await until(async () => (await nodeOf("steady")).boot_id, { what: "its hello is heard" });
    for (const victim of ["workerd", "both"] as const) {
      const connections = first.output.split("connected").length;
      await server.kill(victim);
      await server.restart();
      await until(() => first.output.split("connected").length > connections, {
        deadlineMs: 45_000,
        what: `the agent is back after ${victim} was killed: ${first.output}`,
      });
    }
    await first.kill();
    const second = agentOf("steady", ["--interval", "1"]);
    await until(() => second.output.includes("connected"), { deadlineMs: 20_000, what: "the next one is connected" });
    second.child.kill("SIGTERM");
    await second.code();
    expect((await nodeOf("steady")).boot_id).toBe(bootId);
    const events = await until(async () => withStop(await eventsOf("steady")), {
      deadlineMs: 90_000,
      what: "the stop, and so all before it, is in the history",
    });
    expect(events).toContain("started");
    expect(events).not.toContain("down");
    expect(events).not.toContain("restarted");
  }, 180_000);

  it("serves the agent as a package that runs without a registry", async () => {
    const cache = mkdtempSync(join(work, "cache-"));
    const npx = spawn("npx", ["-y", `${server.url}/agent.tgz`, "--print"], {
      cwd: cache,
      env: { ...process.env, npm_config_registry: "http://127.0.0.1:1", npm_config_cache: cache },
    });
    let printed = "";
    npx.stdout.on("data", (text: Buffer) => {
      printed += text.toString();
    });
    const [code] = await once(npx, "exit");
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toHaveProperty(["metrics", "cpu.total"]);
  });
});
