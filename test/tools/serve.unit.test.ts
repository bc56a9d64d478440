import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { D1Database } from "@cloudflare/workers-types";
import { afterAll, describe, expect, it, vi } from "vitest";
import { keptAdminKey } from "../../tools/prepare-dev.ts";
import { variablesOf } from "../../tools/serve/configuration.ts";
import { CronTimer, firstRun } from "../../tools/serve/crons.ts";
import { adminKey, sealKey } from "../../tools/serve/keys.ts";
import { applyMigration } from "../../tools/serve/migrate.ts";
import { parseOptions, urlOf } from "../../tools/serve/options.ts";
import { endProcess, isRunning, markOf } from "../../tools/serve/processes.ts";
import { untilReady } from "../../tools/serve/ready.ts";
import { lastWords, Refusal } from "../../tools/serve/refusal.ts";
import { RestartBudget } from "../../tools/serve/runtime.ts";
import { foldersOf, holderOf, StateFolder } from "../../tools/serve/state-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "tidings-state-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("options", () => {
  it("are 127.0.0.1:8787 and .tidings when nothing is said", () => {
    expect(parseOptions([], {})).toMatchObject({ port: 8787, host: "127.0.0.1", demo: false, speed: 1 });
    expect(parseOptions([], {}).state).toMatch(/\.tidings$/);
  });

  it("come from the environment, and from flags before it", () => {
    const env = { PORT: "1", TIDINGS_STATE: "/a", TIDINGS_HOST: "0.0.0.0" };
    expect(parseOptions([], env)).toMatchObject({ port: 1, state: "/a", host: "0.0.0.0" });
    expect(parseOptions(["--port", "2", "--state", "/b", "--host", "::1"], env)).toMatchObject({
      port: 2,
      state: "/b",
      host: "::1",
    });
  });

  it.each([
    [["--port", "0"]],
    [["--port", "8787.5"]],
    [["--port", ""]],
    [["--speed", "fast"]],
    [["--state", ""]],
    [["--unknown"]],
    [["word"]],
  ])("%j are refused in one line", (args) => {
    expect(() => parseOptions(args, {})).toThrow(/^[^\n]+$/);
  });

  it("give an address that a browser understands", () => {
    expect(urlOf({ host: "0.0.0.0", port: 1 })).toBe("http://localhost:1");
    expect(urlOf({ host: "::", port: 1 })).toBe("http://[::1]:1");
    expect(urlOf({ host: "tidings.test", port: 1 })).toBe("http://tidings.test:1");
  });

  it("let the environment set what [vars] names, and nothing else", () => {
    const config = { vars: { PRICE_PARTITIONS: "" } } as unknown as Parameters<typeof variablesOf>[0];
    expect(variablesOf(config, { PRICE_PARTITIONS: "4", PATH: "/bin" })).toEqual({ PRICE_PARTITIONS: "4" });
  });
});

describe("the admin key of the environment", () => {
  it("is refused when no request could bring it", () => {
    expect(adminKey(folder, { TIDINGS_ADMIN_KEY: "tdk_a-key" })).toEqual({ key: "tdk_a-key", isNew: false });
    for (const key of ["two words", "ключ", "x".repeat(513), "line\n"]) {
      expect(() => adminKey(folder, { TIDINGS_ADMIN_KEY: key })).toThrow(/^TIDINGS_ADMIN_KEY must be [^\n]+$/);
    }
  });
});

describe("a key's file", () => {
  it.each(["", "two words\n"])(
    "that holds %j is refused by name: nobody could sign in, or open what is sealed",
    (text) => {
      const state = mkdtempSync(join(folder, "cut-"));
      for (const [name, read] of [
        ["admin-key", () => adminKey(state, {})],
        ["seal-key", () => sealKey(state)],
      ] as const) {
        writeFileSync(join(state, name), text);
        expect(read).toThrow(new RegExp(`${name} must hold [^\\n]+$`));
      }
    },
  );

  it.runIf(existsSync("/dev/full"))("is whole or not there when the disk is full", () => {
    // Where the name that is written first leads to a disk without room.
    const state = mkdtempSync(join(folder, "full-"));
    const file = join(state, "admin-key");
    symlinkSync("/dev/full", `${file}.${process.pid}`);
    expect(() => adminKey(state, {})).toThrow("ENOSPC");
    expect(readdirSync(state)).toEqual([]);
    expect(adminKey(state, {})).toMatchObject({ isNew: true, key: expect.stringMatching(/^tdk_[\w-]{32}$/) });
  });
});

describe("the admin key of npm run dev", () => {
  it("is made once, and read again from the file that wrangler reads", () => {
    const file = join(folder, "dev", "dev.env");
    const key = keptAdminKey(file);
    expect(readFileSync(file, "utf8")).toContain(`ADMIN_KEY=${key}\n`);
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(keptAdminKey(file)).toBe(key);
  });
});

describe("what ended a start", () => {
  it("is one line where the machine is the reason, and a stack where we are", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      syscall: "write",
      code: "ENOSPC",
    });
    const message =
      'The runtime failed.\nRuntime stderr:\n{"level":"error","message":"*** Uncaught\\ndisk is full: SQLITE_FULL"}';
    const runtime = Object.assign(new Error(message), { code: "ERR_RUNTIME_FAILURE" });
    expect(lastWords(full)).toBe("The server cannot start: ENOSPC: no space left on device, write");
    expect(lastWords(runtime)).toBe("The runtime does not start: disk is full: SQLITE_FULL");
    expect(lastWords(new Refusal("Port 1 is in use."))).toBe("Port 1 is in use.");
    const ours = new TypeError("x is not a function");
    expect(lastWords(ours)).toBe(ours);
  });
});

describe("a migration that fails", () => {
  it("is one line that names it", async () => {
    const statement = { bind: () => statement };
    const batch = () => Promise.reject(new Error("D1_ERROR: table `more` already exists\nat offset 13"));
    const db = { prepare: () => statement, batch } as unknown as D1Database;
    await expect(applyMigration(db, "0009_more.sql", ["CREATE TABLE more (n INTEGER)"])).rejects.toThrow(
      new Refusal(
        "Migration 0009_more.sql cannot be applied, and nothing of it was: D1_ERROR: table `more` already exists",
      ),
    );
  });
});

describe("becoming ready", () => {
  it.each(["bad_settings", "scheme_mismatch"])("is given up at once, in the server's words: %s", async (code) => {
    const problem = { type: `/docs#problem-${code}`, status: 500, detail: "PRICE_PARTITIONS: must be a number" };
    const server = createServer((_, response) => response.writeHead(500).end(JSON.stringify(problem)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await expect(untilReady(`http://127.0.0.1:${port}`, () => false)).rejects.toThrow(problem.detail);
    } finally {
      server.close();
    }
  });
});

describe("a cron that fails", () => {
  it("is told of while the server serves, not when it stops", async () => {
    vi.useFakeTimers();
    const told = vi.spyOn(console, "error").mockReturnValue();
    const fails: (() => void)[] = [];
    const timer = new CronTimer(
      ["* * * * *"],
      () => new Promise((_, reject) => fails.push(() => reject(new Error("no")))),
    );
    timer.start();
    await vi.advanceTimersByTimeAsync(120_000);
    fails[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    timer.stop();
    fails[1]?.();
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    expect([fails.length, told.mock.calls]).toEqual([2, [["Cron * * * * * failed: no"]]]);
  });
});

describe("the first run of a cron", () => {
  it("ends nothing when the runtime dies meanwhile", async () => {
    const told = vi.spyOn(console, "error").mockReturnValue();
    await firstRun("watchdog", () => Promise.reject(new TypeError("fetch failed")));
    expect(told.mock.calls).toEqual([["Cron watchdog failed: fetch failed"]]);
    told.mockRestore();
  });
});

describe("restarts", () => {
  it("are allowed three times within a minute", () => {
    const budget = new RestartBudget();
    expect([0, 1, 2, 3].map((second) => budget.isSpentAt(second * 1_000))).toEqual([false, false, false, true]);
  });

  it("are forgotten after a minute", () => {
    const budget = new RestartBudget();
    expect([0, 20, 40, 61, 81, 101].map((second) => budget.isSpentAt(second * 1_000))).toEqual(Array(6).fill(false));
  });
});

describe("the key that seals", () => {
  it("is made with the state and outlives every admin key; a state that began without one has none", () => {
    const state = mkdtempSync(join(folder, "sealed-"));
    const key = sealKey(state);
    expect(key).toMatch(/^[\w-]{32}$/);
    mkdirSync(join(state, "storage"));
    expect(sealKey(state)).toBe(key);
    expect(statSync(join(state, "seal-key")).mode & 0o077).toBe(0);
    rmSync(join(state, "seal-key"));
    expect(sealKey(state)).toBeUndefined();
  });
});

describe("the state folder", () => {
  it("is held by one server, and free once released", () => {
    const path = join(folder, "held");
    const first = new StateFolder(path);
    expect(holderOf(path)?.pid).toBe(process.pid);
    expect(() => new StateFolder(path)).toThrow(/is used by another server \(process \d+\)/);
    first.release();
    new StateFolder(path).release();
  });

  it("is taken over from a server that died, even when its pid lives again", () => {
    const path = join(folder, "stale");
    new StateFolder(path);
    writeFileSync(join(path, "server.json"), JSON.stringify({ pid: process.pid, started: "long ago" }));
    expect(holderOf(path)).toBeUndefined();
    new StateFolder(path).release();
  });

  it("is taken over when the lock was cut short by a kill", () => {
    const path = join(folder, "torn");
    new StateFolder(path);
    writeFileSync(join(path, "server.json"), '{"pid":');
    new StateFolder(path).release();
  });

  it.runIf(existsSync("/proc/self"))("is refused where no folder can be made", () => {
    expect(() => new StateFolder("/proc/tidings/state")).toThrow(/^The state folder .* cannot be used: /);
  });

  it("is made with its parents, and refused where a file stands in the way", () => {
    const path = join(folder, "a", "b");
    new StateFolder(path).release();
    writeFileSync(join(path, "file"), "");
    expect(() => new StateFolder(join(path, "file"))).toThrow(/^The state folder .* cannot be used: /);
    expect(() => new StateFolder(join(path, "file", "c"))).toThrow(/^The state folder .* cannot be used: /);
  });

  it("is asked for every folder in which the runtime makes files", () => {
    const storage = join(folder, "asked", "storage");
    mkdirSync(join(storage, "do", "tidings-PriceFeed", "deeper"), { recursive: true });
    writeFileSync(join(storage, "do", "file"), "");
    expect(foldersOf(storage)).toEqual([storage, join(storage, "do"), join(storage, "do", "tidings-PriceFeed")]);
    expect(foldersOf(join(folder, "asked", "none"))).toEqual([]);
  });

  it("ends no process that is not the runtime it recorded", async () => {
    expect(await endProcess(markOf(process.pid), "workerd")).toBe(false);
    expect(await endProcess({ pid: process.pid, started: "long ago" }, "node")).toBe(false);
    expect(isRunning(markOf(process.pid))).toBe(true);
  });
});

describe("a log that nobody can keep", () => {
  it("does not end the server", async () => {
    const said = 'for (const ms of [1, 2]) setTimeout(() => console.error("lost"), ms);';
    const script = `import { outliveOutput } from "./tools/serve/output.ts"; outliveOutput(); ${said}`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    // A pipe without a reader fails each line, as a full disk does.
    child.stderr.destroy();
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
