/* Which test runs where is decided by its name:
 *   *.unit.test.ts      project `unit`: Node; pure code and tools
 *   test/e2e/*.test.ts  project `e2e`: Node; the real server, killed and restarted, and a real browser
 *   any other *.test.ts project `workers`: workerd; whatever has a binding. Each file starts with empty storage and a migrated D1.
 * `npm test` runs them all (tools/test.ts); `npm test -- --project workers test/queues` runs some. */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { seedOf } from "./tools/seed.ts";

/* One seed for every property test of a run (test/property.ts). */
const seed = seedOf(process.env.TIDINGS_SEED);

const E2E = "test/e2e/**/*.test.ts";
const UNIT = "test/**/*.unit.test.ts";

/* Durable Objects that only tests use: a class exported by test/objects.ts and its binding here. */
const testObjects: Record<string, { className: string; useSQLite: true }> = {
  COUNTER: { className: "Counter", useSQLite: true },
};

/* What the Worker under test is bound to beside wrangler.toml. test/env.d.ts types it. */
const testBindings = async () => ({
  TEST_MIGRATIONS: await readD1Migrations("./migrations"),
  TIDINGS_RUNTIME: "local",
  ADMIN_KEY: "tdk_admin_key_of_the_tests",
  // Long enough that no outbox leaves by itself: tests run alarms by hand.
  OUTBOX_DELAY_MS: "3600000",
  // So few that the second level is tried with a dozen hubs.
  HUB_CHILDREN: "4",
  // So few that labels overflow with a thousand series.
  SERIES_LIMIT: "50",
});

/* Tests wait for what these consumers write: a batch is gathered for milliseconds instead of a second. */
const AWAITED = ["tidings-events", "tidings-aggregations"];
const GATHERED_S = 0.02;

async function testConsumers() {
  // Here, since it takes a second, and most runs of single files have no use for it.
  const { readConfiguration } = await import("./tools/serve/configuration.ts");
  const { queueConsumers } = readConfiguration().worker;
  if (queueConsumers === undefined || Array.isArray(queueConsumers)) throw new Error("No consumer has settings.");
  return Object.fromEntries(AWAITED.map((queue) => [queue, { ...queueConsumers[queue], maxBatchTimeout: GATHERED_S }]));
}

const workersProject = cloudflareTest(async () => ({
  main: "./test/main.ts",
  wrangler: { configPath: "./wrangler.toml" },
  miniflare: {
    bindings: await testBindings(),
    durableObjects: testObjects,
    queueConsumers: await testConsumers(),
  },
}));

export default defineConfig({
  test: {
    provide: { seed },
    projects: [
      // Files share a process: they keep nothing global, and to begin one costs more than most files do.
      {
        test: {
          name: "unit",
          include: [UNIT],
          exclude: [E2E],
          testTimeout: 20_000,
          isolate: false,
          restoreMocks: true,
          unstubGlobals: true,
        },
      },
      // So do these: test/setup.ts takes away what a file could have left.
      {
        plugins: [workersProject],
        test: {
          name: "workers",
          include: ["test/**/*.test.ts"],
          exclude: [E2E, UNIT],
          // As in Node: a busy machine takes longer than the five seconds of vitest.
          testTimeout: 20_000,
          isolate: false,
          restoreMocks: true,
          unstubGlobals: true,
          setupFiles: ["./test/setup.ts"],
        },
      },
      {
        test: {
          name: "e2e",
          include: [E2E],
          globalSetup: "./test/e2e/migrated.ts",
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
