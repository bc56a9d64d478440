/* Each test file in workerd starts with an empty, migrated D1. After `reset()` the tables are gone: migrate again. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
