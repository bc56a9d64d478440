import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { onError } from "../../src/worker/on-error";

/** What a client is answered when this is thrown where nobody expected anything. */
async function answerTo(thrown: unknown): Promise<Response> {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const app = new Hono();
  app.onError((error, c) => onError(error, c as unknown as Parameters<typeof onError>[1]));
  app.get("/", () => {
    throw thrown;
  });
  return app.request("/");
}

describe("what nobody expected", () => {
  it.each([
    ["D1 says so", new Error("D1_ERROR: Network connection lost.")],
    [
      "the platform marks it as elsewhere",
      Object.assign(new Error("internal error; reference = a1"), { remote: true }),
    ],
    ["the platform says to try again", Object.assign(new Error("Network connection lost."), { retryable: true })],
    ["the platform says that it is overloaded", Object.assign(new Error("D1 is overloaded."), { overloaded: true })],
  ])("is 503 and to be tried again when %s", async (_when, thrown) => {
    const answer = await answerTo(thrown);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await answer.json()).toMatchObject({ detail: "The database did not answer. Try again." });
  });

  it("is 500 when it is our own, and does not tell what it was", async () => {
    const answer = await answerTo(new TypeError("x is not a function"));
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("x is not");
  });

  it("is logged without the key that stands in an address for scripts", () => {
    const log = vi.spyOn(console, "error").mockClear();
    for (const path of ["/ping/secret/web-1/fail", "/api/push/secret", "/api/v1/nodes/web-1"]) {
      const c = { req: { url: `http://a${path}`, path }, get: () => "id" };
      onError(new Error("broken"), c as unknown as Parameters<typeof onError>[1]);
    }
    const paths = log.mock.calls.map(([line]) => JSON.parse(line).path);
    expect(paths).toEqual(["/ping/…/web-1/fail", "/api/push/…", "/api/v1/nodes/web-1"]);
  });

  it("is 400, and nothing in the log, where the address is none: a Host with a space, the target *", async () => {
    const log = vi.spyOn(console, "error").mockClear();
    for (const [url, path] of [
      ["http://a b//healthz", "//healthz"],
      ["http://x*", "*"],
    ]) {
      const c = { req: { url, path }, get: () => undefined } as unknown as Parameters<typeof onError>[1];
      expect(onError(new TypeError(`Fetch API cannot load: ${url}`), c).status).toBe(400);
    }
    expect(log).not.toHaveBeenCalled();
  });
});
