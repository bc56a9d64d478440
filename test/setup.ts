/* Each test file in workerd begins with a Worker that remembers nothing, with nothing in any storage but a migrated D1, and in
 * its own time. After `reset()` in a test the tables are gone: migrate again. */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { beginAnew } from "./anew";

vi.useRealTimers();
// First, so that nothing is begun with what an earlier file has left.
beginAnew();
await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
