/* The local server itself: what it says when it cannot serve, and what it does about those it replaces. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertV4MiniflareOptions } from "../../tools/serve/packages.ts";
import { startFailure } from "../../tools/serve/ready.ts";
import { Refusal } from "../../tools/serve/refusal.ts";
import { startRuntime } from "../../tools/serve/runtime.ts";
import { until } from "../until.ts";
import { freePort, isAlive, newServer, type Server, startServer } from "./server.ts";

const run = promisify(execFile);
const linesOf = (text: string) => text.trim().split("\n");

describe("a running server", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  it("answers /healthz", async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });

  it("serves the page at / and at any path of the page", async () => {
    for (const path of ["/", "/prices/AAPL"]) {
      const response = await fetch(server.url + path);
      expect([response.status, response.headers.get("content-type")]).toEqual([
        200,
        expect.stringContaining("text/html"),
      ]);
    }
  });

  it("has no file of another version, and lets nobody keep that for a year", async () => {
    const response = await fetch(`${server.url}/assets/index-of-yesterday.js`);
    expect([response.status, response.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    expect(response.headers.get("cache-control")).toBeNull();
  });

  it("does not let a second server use its state", async () => {
    const second = await newServer({ state: server.state });
    expect(await second.start()).toBe(1);
    expect(linesOf(second.output)).toEqual([
      expect.stringContaining(`is used by another server at http://localhost:${server.port}`),
    ]);
  });

  it("keeps what it knows about itself from other users", () => {
    expect(statSync(join(server.state, "server.json")).mode & 0o077).toBe(0);
  });

  it("runs a cron by its name and names them all when it has no such cron", async () => {
    const cron = (name: string) => run(process.execPath, ["tools/cron.ts", "--state", server.state, name]);
    const { stderr } = await cron("no-such-cron").catch((error: { stderr: string }) => error);
    const name = /There are: ([^,]+?)[,.]/.exec(stderr)?.[1] ?? "";
    expect((await cron(name)).stdout).toContain(`${name}: ok`);
  });

  it("starts a dead runtime again", async () => {
    const dead = server.workerdPid;
    await server.kill("workerd");
    await until(() => server.workerdPid !== dead, { what: "another workerd runs" });
    await server.ready();
  });

  it("starts a runtime again that is killed while it starts", async () => {
    for (let death = 1; death <= 2; death++) {
      const dead = server.workerdPid;
      await server.kill("workerd");
      await until(() => server.workerdPid !== dead, { what: "another workerd is made", everyMs: 1 });
    }
    await server.ready();
  });

  it("ends the runtime that a killed server left behind, and serves on the same port and state", async () => {
    const orphan = server.workerdPid;
    await server.kill("node");
    expect(isAlive(orphan)).toBe(true);
    await server.restart();
    expect(isAlive(orphan)).toBe(false);
    expect(server.output).toContain(`killed server left behind (process ${orphan})`);
  });

  it("starts again after everything was killed", async () => {
    await server.kill("both");
    await server.restart();
  });

  it("stops on Ctrl-C, takes its runtime along and leaves no lock", async () => {
    const runtime = server.workerdPid;
    expect(await server.interrupt("SIGINT")).toBe(0);
    await until(() => !isAlive(runtime), { what: "workerd is gone" });
    expect(existsSync(join(server.state, "server.json"))).toBe(false);
  });
});

describe("a server that cannot serve says why in one line", () => {
  it("when the port is used", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    const port = await until(() => (other.address() as { port: number } | null)?.port, { what: "a used port" });
    const server = await newServer({ port });
    expect(await server.start()).toBe(1);
    expect(linesOf(server.output)).toEqual([`Port ${port} is in use on 127.0.0.1. Choose another with --port.`]);
    other.close();
    await server.stop();
  });

  it("when the port is taken after it was asked for", async () => {
    const port = await freePort();
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const options = convertV4MiniflareOptions({
      modules: [{ type: "ESModule", path: "none.js", contents: "export default {};" }],
      unsafeDirectSockets: [{ host: "127.0.0.1", port }],
    });
    const failure = await startRuntime(options, { onEnd: () => undefined }).catch((error: unknown) => error);
    expect(startFailure(failure, "127.0.0.1", port)).toEqual(
      new Refusal(`Port ${port} is in use on 127.0.0.1. Choose another with --port.`),
    );
    other.close();
  });

  it("when the state folder cannot be used", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tidings-e2e-"));
    writeFileSync(join(folder, "file"), "");
    const server = await newServer({ state: join(folder, "file", "state") });
    expect(await server.start()).toBe(1);
    expect(linesOf(server.output)).toEqual([expect.stringMatching(/^The state folder .* cannot be used: /)]);
    rmSync(folder, { recursive: true });
  });

  it("when its state was begun with another partition scheme", async () => {
    const begun = await startServer();
    await begun.interrupt();
    const server = await newServer({ state: begun.state, env: { PRICE_PARTITIONS: "4" } });
    expect(await server.start()).toBe(1);
    expect(linesOf(server.output)).toEqual([
      expect.stringMatching(/^PRICE_PARTITIONS is 4, but this installation began/),
    ]);
    await begun.stop();
  });

  it("when its runtime dies more than three times within a minute", async () => {
    const server = await startServer();
    for (let death = 1; death <= 4; death++) {
      await server.ready();
      await server.kill("workerd");
    }
    await until(() => server.isOver, { what: "the server has given up" });
    expect(linesOf(server.output).at(-1)).toBe(
      "The runtime does not stay up: it ended more than 3 times within a minute.",
    );
    await server.stop();
  });

  it("when it is told something it does not know", async () => {
    const server = await newServer({ args: ["--prot", "1"] });
    expect(await server.start()).toBe(1);
    expect(linesOf(server.output)).toHaveLength(1);
    await server.stop();
  });
});

describe("the admin key", () => {
  it("is made at the first start, shown once inside a link, and kept where only its owner reads it", async () => {
    const server = await startServer({ fresh: true, env: { TIDINGS_ADMIN_KEY: "" } });
    const file = join(server.state, "admin-key");
    const key = readFileSync(file, "utf8").trim();
    expect(key).toMatch(/^tdk_[\w-]{32}$/);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(server.output).toContain(`/#key=${key}`);
    expect(server.output).toContain("Applied migration 0000");
    const shown = server.output.length;
    await server.interrupt();
    await server.restart();
    expect(server.output.slice(shown)).not.toContain(key);
    expect(server.output.slice(shown)).toContain(file);
    await server.stop();
  });
});
