/* `npm run deploy` against a wrangler that records its calls. Nothing here was run on a real account. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

interface Account {
  databases: { name: string; uuid: string }[];
  queues: string[];
  buckets: string[];
  secrets: string[];
  scheme?: string;
  hasTables: boolean;
  signedOut?: boolean;
  calls: { args: string[]; input: string; databaseId?: string }[];
}

/** Whatever wrangler.toml names. */
const NAMED = readFileSync("wrangler.toml", "utf8");
const named = (pattern: RegExp) => [...new Set([...NAMED.matchAll(pattern)].map((match) => match[1] as string))].sort();
const QUEUES = named(/^(?:queue|dead_letter_queue) = "(.+)"$/gm);
const BUCKETS = named(/^bucket_name = "(.+)"$/gm);

const EMPTY: Account = { databases: [], queues: [], buckets: [], secrets: [], hasTables: false, calls: [] };
const SETTLED: Account = {
  databases: [{ name: "tidings", uuid: "id-of-tidings" }],
  queues: QUEUES,
  buckets: BUCKETS,
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

type Deployment = ReturnType<typeof deploy>;
const RUN_WITHIN_MS = 60_000;

describe("on an empty account", () => {
  let run: Deployment;
  beforeAll(() => {
    run = deploy(EMPTY);
  }, RUN_WITHIN_MS);

  it("creates everything", () => {
    expect(run.status).toBe(0);
    expect(run.after.databases.map(({ name }) => name)).toEqual(["tidings"]);
    expect([run.after.queues.sort(), run.after.buckets]).toEqual([QUEUES, ["tidings-archive"]]);
    expect(QUEUES).toContain("tidings-archive-dead");
    expect(run.after.secrets).toEqual(["ADMIN_KEY"]);
  });

  it("never runs code without its tables, and has a Worker before it has the secret", () => {
    const order = ["d1 migrations", "deploy", "secret put"].map((command) => run.commands.indexOf(command));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
  });

  it("shows the key it made, and passes it by standard input, never as an argument", () => {
    const [key] = /(?<=The admin key, shown this once: )tdk_[\w-]{32}$/m.exec(run.stdout) ?? [];
    expect(run.after.calls.find(({ args }) => args[1] === "put")?.input).toBe(key);
    expect(JSON.stringify(run.after.calls.map(({ args }) => args))).not.toContain(key);
  });
});

describe("on an account that has everything", () => {
  let run: Deployment;
  beforeAll(() => {
    run = deploy({ ...SETTLED, scheme: "64" }, { PRICE_PARTITIONS: "64", TIDINGS_ADMIN_KEY: "tdk_given" });
  }, RUN_WITHIN_MS);
  const deployment = () => run.after.calls.find(({ args }) => args[0] === "deploy");

  it("creates nothing and leaves the secret as it is", () => {
    expect(run.status).toBe(0);
    expect(run.commands.filter((command) => /create|put/.test(command))).toEqual([]);
    expect({ ...run.after, calls: [] }).toEqual({ ...SETTLED, scheme: "64" });
  });

  it("deploys the scheme that the installation was begun with", () => {
    expect(deployment()?.args).toContain("PRICE_PARTITIONS:64");
  });

  it("deploys with the id of the account's database and leaves no file with it", () => {
    expect(deployment()?.databaseId).toBe("id-of-tidings");
    expect(existsSync("wrangler.deploy.toml")).toBe(false);
  });

  it("never shows a key that was given", () => {
    expect(run.stdout + run.stderr).not.toContain("tdk_given");
  });
});

describe("refuses in one line, before it changes anything,", () => {
  it(
    "another partition scheme",
    () => {
      const { status, stderr, commands } = deploy({ ...SETTLED, queues: [] }, { PRICE_PARTITIONS: "64" });
      expect(status).toBe(1);
      expect(stderr.trim()).toMatch(/^PRICE_PARTITIONS is 64, but this installation began with [^\n]+$/);
      expect(commands).toEqual(["d1 list", "d1 execute"]);
    },
    RUN_WITHIN_MS,
  );

  it(
    "an account that wrangler is not signed in to",
    () => {
      const { status, stderr } = deploy({ ...EMPTY, signedOut: true });
      expect(status).toBe(1);
      expect(stderr.trim()).toBe(
        "wrangler d1 list --json failed: sign in with npx wrangler login, or set CLOUDFLARE_API_TOKEN",
      );
    },
    RUN_WITHIN_MS,
  );
});
