import { Hono } from "hono";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AppEnv } from "../../src/worker/context";
import { schemeCheck } from "../../src/worker/middleware/scheme-check";
import { onError } from "../../src/worker/on-error";
import { FakeD1 } from "../durable-objects/ledger/fake-d1";

afterEach(() => void vi.useRealTimers());

describe("a Worker of another partition scheme", () => {
  it("answers again within seconds of the installation agreeing, without being asked for each request", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    const d1 = new FakeD1();
    const env = { DB: d1.database, PRICE_PARTITIONS: "64" } as unknown as Env;
    const app = new Hono<AppEnv>();
    app.onError(onError);
    app.get("/", schemeCheck, (c) => c.text("fine"));
    const statusAt = async (now: number) => {
      vi.setSystemTime(now);
      return (await app.request("/", {}, env)).status;
    };
    d1.db.exec("INSERT INTO facts (name, value) VALUES ('prices.partitions', 'per-symbol')");
    expect(await statusAt(1_000)).toBe(503);
    d1.db.exec("UPDATE facts SET value = '64' WHERE name = 'prices.partitions'");
    expect([await statusAt(5_999), await statusAt(6_000)]).toEqual([503, 200]);
    // Agreement is for good: it costs no further question.
    d1.failures = 1;
    expect(await statusAt(9_000_000)).toBe(200);
  });
});
