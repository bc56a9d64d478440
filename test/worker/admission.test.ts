/* More requests than can be worked on: some are refused at once, the others are answered. */
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { expect, it } from "vitest";
import type { AppEnv } from "../../src/worker/context";
import { admission } from "../../src/worker/middleware/admission";
import { onError } from "../../src/worker/on-error";

it("refuses what is too much at once, and takes the next when there is room again", async () => {
  const narrow = { ...env, MAX_WAITING: "2" } as Env;
  const { promise: work, resolve: finish } = Promise.withResolvers<void>();
  const door = new Hono<AppEnv>();
  door.use("*", admission());
  door.get("/", async (c) => {
    await work;
    return c.text("done");
  });
  door.get("/broken", () => {
    throw new Error("broken");
  });
  door.onError((error, c) => onError(error, c as Parameters<typeof onError>[1]));
  const ask = (path = "/") => Promise.resolve(door.request(path, {}, narrow));

  const taken = [ask(), ask()];
  const refused = await ask();
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await refused.json()).toMatchObject({ type: expect.stringContaining("overloaded") });
  finish();
  expect((await Promise.all(taken)).map((response) => response.status)).toEqual([200, 200]);
  // One that fails makes room as well.
  for (let i = 0; i < 5; i++) expect((await ask("/broken")).status).toBe(500);
  expect((await ask()).status).toBe(200);
});
