/* `npm run deploy` against a wrangler that records its calls. Nothing here was run on a real account. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

interface Account {
  databases: { name: string; uuid: string }[];
  queues: string[];
  secrets: string[];
  scheme?: string;
  hasTables: boolean;
  signedOut?: boolean;
  calls: { args: string[]; input: string; databaseId?: string }[];
}

const EMPTY: Account = { databases: [], queues: [], secrets: [], hasTables: false, calls: [] };
const SETTLED: Account = {
  databases: [{ name: "tidings", uuid: "id-of-tidings" }],
  queues: ["tidings-events", "tidings-events-dead"],
  secrets: ["ADMIN_KEY"],
  scheme: "per-symbol",
  hasTables: true,
  calls: [],
};

const folder = mkdtempSync(join(tmpdir(), "tidings-deploy-"));
afterAll(() => rmSync(folder, { recursive: true }));

function deploy(account: Account, env: Record<string, string> = {}) {
  const file = join(folder, "account.json");
  writeFileSync(file, JSON.stringify(account));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["tools/deploy.ts"], {
    encoding: "utf8",
    env: { ...process.env, FAKE_ACCOUNT: file, TIDINGS_WRANGLER: "test/tools/fake-wrangler.mjs", ...env },
  });
  const after = JSON.parse(readFileSync(file, "utf8")) as Account;
  const commands = after.calls.map(({ args }) => (args[0] === "deploy" ? "deploy" : args.slice(0, 2).join(" ")));
  return { status, stdout, stderr, after, commands };
}

it("creates what is missing on an empty account, in the order that never runs code without its tables", () => {
  const { status, stdout, after, commands } = deploy(EMPTY);
  expect(status).toBe(0);
  expect(after.databases.map(({ name }) => name)).toEqual(["tidings"]);
  expect(after.queues).toEqual(["tidings-events", "tidings-events-dead"]);
  expect(after.secrets).toEqual(["ADMIN_KEY"]);
  expect(commands.indexOf("d1 migrations")).toBeLessThan(commands.indexOf("deploy"));
  expect(commands.indexOf("deploy")).toBeLessThan(commands.indexOf("secret put"));
  expect(stdout).toMatch(/The admin key, shown this once: tdk_[\w-]{32}$/m);
});

it("passes the secret by standard input and never as an argument", () => {
  const { stdout, after } = deploy(EMPTY, { TIDINGS_ADMIN_KEY: "tdk_given" });
  expect(after.calls.find(({ args }) => args[1] === "put")?.input).toBe("tdk_given");
  expect(JSON.stringify(after.calls.map(({ args }) => args))).not.toContain("tdk_given");
  expect(stdout).not.toContain("tdk_given");
});

it("creates nothing on an account that has everything", () => {
  const { status, after, commands } = deploy(SETTLED);
  expect(status).toBe(0);
  expect(commands.filter((command) => /create|put/.test(command))).toEqual([]);
  expect({ ...after, calls: [] }).toEqual(SETTLED);
});

it("deploys with the id of the account's database and leaves no file with it", () => {
  const { after } = deploy(SETTLED);
  expect(after.calls.find(({ args }) => args[0] === "deploy")?.databaseId).toBe("id-of-tidings");
  expect(existsSync("wrangler.deploy.toml")).toBe(false);
});

it("refuses another partition scheme in one line, before it changes anything", () => {
  const { status, stderr, after, commands } = deploy({ ...SETTLED, queues: [] }, { PRICE_PARTITIONS: "64" });
  expect(status).toBe(1);
  expect(stderr.trim().split("\n")).toEqual([
    expect.stringMatching(/^PRICE_PARTITIONS is 64, but this installation began with/),
  ]);
  expect(commands).toEqual(["d1 list", "d1 execute"]);
  expect(after.queues).toEqual([]);
});

it("deploys the scheme that the installation was begun with", () => {
  const { status, after } = deploy({ ...SETTLED, scheme: "64" }, { PRICE_PARTITIONS: "64" });
  expect(status).toBe(0);
  expect(after.calls.find(({ args }) => args[0] === "deploy")?.args).toContain("PRICE_PARTITIONS:64");
});

it("says in one line when wrangler is not signed in", () => {
  const { status, stderr } = deploy({ ...EMPTY, signedOut: true });
  expect(status).toBe(1);
  expect(stderr.trim().split("\n")).toEqual([
    "wrangler d1 list --json failed: You are not authenticated. Please run `wrangler login`.",
  ]);
});
