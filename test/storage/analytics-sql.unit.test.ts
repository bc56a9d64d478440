/* The client of Analytics Engine's SQL API against a server that speaks it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROWS_MAX } from "../../src/domain/analytics/free-sql";
import { askAnalytics, cutRows, type SqlApi } from "../../src/storage/analytics-sql";

interface Asked {
  method: string | undefined;
  path: string | undefined;
  authorization: string | undefined;
  body: string;
}

let server: Server;
let api: SqlApi;
let asked: Asked;
let answer: (response: ServerResponse) => void;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { method, url: path, headers } = request;
    asked = { method, path, authorization: headers.authorization, body: await bodyOf(request) };
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  api = { url: `http://127.0.0.1:${port}/client/v4`, account: "an account", token: "secret-token" };
});
afterAll(() => void server.close());

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

describe("asking Analytics Engine", () => {
  it("sends the query as the API wants it and reads the table it answers", async () => {
    const meta = [
      { name: "symbol", type: "String" },
      { name: "n", type: "UInt64" },
      { name: "mean", type: "Nullable(Float64)" },
    ];
    answer = json(200, {
      meta,
      data: [
        { symbol: "1", n: "42", mean: "nan" },
        { symbol: "B", n: 7, mean: null },
      ],
      rows: 2,
    });
    const found = await askAnalytics(api, "SELECT 1 FROM tidings FORMAT JSON");
    expect(asked).toEqual({
      method: "POST",
      path: "/client/v4/accounts/an%20account/analytics_engine/sql",
      authorization: "Bearer secret-token",
      body: "SELECT 1 FROM tidings FORMAT JSON",
    });
    const rows = [
      { symbol: "1", n: 42, mean: null },
      { symbol: "B", n: 7, mean: null },
    ];
    expect(found).toEqual({ ok: true, value: { columns: ["symbol", "n", "mean"], rows } });
  });

  it.each([
    [400, "bad_query"],
    [422, "bad_query"],
    [403, "unavailable"],
    [429, "unavailable"],
    [500, "unavailable"],
  ])("takes status %i for %s, and passes nothing on of what it says", async (status, code) => {
    answer = json(status, { errors: [{ message: "secret-token of internal-host" }] });
    const found = await askAnalytics(api, "SELECT");
    expect(found).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(found)).not.toMatch(/secret|internal-host/);
  });

  it("does without an answer that is no table, breaks off, or has no end", async () => {
    const table = { meta: [{ name: "x", type: "String" }], data: [{ x: "y".repeat(1_000_000) }] };
    const bodies: ((response: ServerResponse) => void)[] = [
      (response) => void response.end("<html>"),
      json(200, { data: [] }),
      json(200, { ...table, data: [{ x: { y: 1 } }] }),
      (response) => response.destroy(),
      json(200, { ...table, data: Array.from({ length: 11 }, () => table.data[0]) }),
    ];
    for (const body of bodies) {
      answer = body;
      expect(await askAnalytics(api, "SELECT")).toMatchObject({ ok: false, error: { code: "unavailable" } });
    }
    answer = json(200, table);
    expect(await askAnalytics(api, "SELECT")).toMatchObject({ ok: true });
  });

  it("says where rows were cut", () => {
    const rows = Array.from({ length: ROWS_MAX + 1 }, (_, i) => ({ i }));
    expect(cutRows({ columns: ["i"], rows })).toMatchObject({ truncated: true, rows: { length: ROWS_MAX } });
    expect(cutRows({ columns: ["i"], rows: rows.slice(1) }).truncated).toBe(false);
  });
});
