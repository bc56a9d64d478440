/* Our own traffic, recorded as a source of its own. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { KeptRequest } from "../../src/domain/requests/answers";
import { app } from "../../src/worker/app";
import { alice, get } from "./people";

const recording = { ...env, OWN_TRAFFIC_SAMPLE: "1" };
const authorization = `Bearer ${alice.key}`;

async function ask(path: string, settings: object, headers: Record<string, string> = { authorization }) {
  const context = createExecutionContext();
  const response = await app.fetch(new Request(`http://tidings.test${path}`, { headers }), settings as Env, context);
  return { response, recorded: waitOnExecutionContext(context) };
}

async function own(): Promise<KeptRequest[]> {
  const { data } = await (await get(alice, "/api/v1/requests?limit=100")).json<{ data: KeptRequest[] }>();
  return data.filter(({ source }) => source === "tidings");
}

describe("our own requests", () => {
  it("are recorded by their route, with who asked and what came of it", async () => {
    const asked = [
      await ask("/api/v1/prices/NO.SUCH.SYMBOL", recording),
      await ask("/api/v1/overview", recording),
      await ask("/api/v1/overview", recording, {}),
      await ask("/api/v1/requests/top-k", recording),
      await ask("/api/v1/no/such/path", recording),
    ];
    expect(asked.map(({ response }) => response.status)).toEqual([404, 200, 401, 400, 404]);
    // Nobody was made to wait for it.
    expect(await own()).toEqual([]);
    await Promise.all(asked.map(({ recorded }) => recorded));
    const rows = (await own()).map(({ method, endpoint, status_code, user_id }) => [
      method,
      endpoint,
      status_code,
      user_id,
    ]);
    expect(rows.toReversed()).toEqual([
      ["GET", "/api/v1/prices/:symbol", 404, "admin"],
      ["GET", "/api/v1/overview", 200, "admin"],
      ["GET", "/api/v1/overview", 401, null],
      ["GET", "/api/v1/requests/top-k", 400, "admin"],
      ["GET", expect.stringContaining("*"), 404, null],
    ]);
  });

  it("are not recorded unless the operator says so", async () => {
    const before = (await own()).length;
    const { recorded } = await ask("/api/v1/overview", env);
    await recorded;
    expect((await own()).length).toBe(before);
  });

  it("are answered all the same where recording fails", async () => {
    const broken = { ...recording, REQUEST_INTAKE: undefined };
    const { response, recorded } = await ask("/api/v1/overview", broken);
    expect(response.status).toBe(200);
    await recorded;
  });
});
