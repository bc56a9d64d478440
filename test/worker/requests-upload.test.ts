/* POST /requests/log: any length, plain or packed, whatever is wrong with some of its lines. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { app } from "../../src/worker/app";
import LOG from "../data/access.log?raw";
import { fc, holds } from "../property";
import { get, type Person, post, problem, sensor, alice as viewer } from "./people";

const REQUESTS = "/api/v1/requests";
const MINUTE = 60_000;

let source: Person;
beforeAll(async () => {
  source = await sensor();
});

describe("an upload", () => {
  const line = (path: string, tail = "") => `203.0.113.9 - - [${now()}] "GET ${path} HTTP/1.1" 200 5 "-" "-"${tail}`;
  const now = () => {
    const [, day, month, year, time] = /, (\d\d) (\w{3}) (\d{4}) ([\d:]+)/.exec(new Date().toUTCString()) ?? [];
    return `${day}/${month}/${year}:${time} +0000`;
  };
  const gzip = async (text: string): Promise<Uint8Array> => {
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(packed).arrayBuffer());
  };
  const send = (body: string | Uint8Array, headers: Record<string, string> = {}, query = "") =>
    post(source, `${REQUESTS}/log${query}`, body, headers);

  it("names bad lines by their numbers and takes the others", async () => {
    const text = [line("/a"), "nonsense", "", "x".repeat(20_000), line("/b", " 0.5")].join("\r\n");
    expect(await (await send(text)).json()).toEqual({
      ...{ accepted: 2, duplicates: 0, lines: 4, chunks: 1, bad: 2 },
      bad_lines: [
        { line: 2, detail: expect.stringContaining("form") },
        { line: 4, detail: "is too long" },
      ],
    });
    const refused = await problem(await send("a\nb"));
    expect([refused.status, refused.errors.map(({ pointer }) => pointer)]).toEqual([400, ["/1", "/2"]]);
  });

  it("may be packed, by its encoding or its type", async () => {
    const body = await gzip(`${line("/a")}\n${line("/b")}\n`);
    for (const headers of [{ "content-encoding": "gzip" }, { "content-type": "application/gzip" }]) {
      expect(await (await send(body, headers)).json()).toMatchObject({ accepted: 2, bad: 0 });
    }
    expect((await send(body.slice(0, 40), { "content-encoding": "gzip" })).status).toBe(400);
    expect((await problem(await send(body))).detail).toMatch(/Content-Encoding: gzip/);
    expect((await send("x", { "content-encoding": "br" })).status).toBe(415);
  });

  it("that breaks off says what is stored already", async () => {
    const pieces = [`${line("/a")}\n`.repeat(2_500)];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.pop();
        if (piece === undefined) controller.error(new Error("cut off"));
        else controller.enqueue(new TextEncoder().encode(piece));
      },
    });
    const headers = { authorization: `Bearer ${source.key}` };
    const broken = await app.request(`${REQUESTS}/log`, { method: "POST", body, headers }, env);
    const { status, detail, ...rest } = await problem(broken);
    expect([status, detail]).toEqual([400, expect.stringMatching(/^Lines after 2000 are not stored: The body/)]);
    expect(rest).toMatchObject({ accepted: 2_000, chunks: 2 });
  });

  it("keeps a line whose agent is no UTF-8, and names one whose path is not", async () => {
    const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const text = [line("/a").replace('"-" "-"', '"-" "caf\xe9"'), line("/caf\xe9")].join("\n");
    expect(await (await send(bytes(text))).json()).toMatchObject({
      ...{ accepted: 1, bad: 1, bad_lines: [{ line: 2, detail: "is not UTF-8" }] },
    });
  });

  it("may be lines of JSON, whose ids count once", async () => {
    const of = (request_id: string, status_code: number) =>
      JSON.stringify({ request_id, timestamp: Date.now(), endpoint: "/", status_code });
    const headers = { "content-type": "application/x-ndjson" };
    const text = [of("j1", 200), of("j2", 200), "{", of("j3", 700)].join("\n");
    const taken = await (await send(text, headers)).json();
    expect(taken).toMatchObject({ accepted: 2, bad: 2, bad_lines: [{ line: 3 }, { line: 4 }] });
    const other = await (await send([of("j1", 500), of("j4", 200)].join("\n"), headers)).json();
    expect(other).toMatchObject({
      accepted: 1,
      bad: 1,
      bad_lines: [{ line: 1, detail: expect.stringContaining("before") }],
    });
  });

  it("is a conflict where its key had other lines", async () => {
    const headers = { "idempotency-key": "log-3" };
    await send(line("/a"), headers);
    expect(await problem(await send(line("/b"), headers))).toMatchObject({ status: 422, accepted: 0 });
  });

  it("may be moved to now, as a whole", async () => {
    const [a, b] = [LOG.split("\n")[0] as string, LOG.split("\n")[1_999] as string];
    expect(await (await send(`${a}\n${b}`, {}, "?shift=now")).json()).toMatchObject({ accepted: 2 });
    const { data } = await (await get(viewer, `${REQUESTS}?limit=2`)).json<{ data: { timestamp: string }[] }>();
    const times = data.map(({ timestamp }) => Date.parse(timestamp));
    const apart = Date.parse("2015-05-18T03:05:00Z") - Date.parse("2015-05-17T10:05:03Z");
    expect(Date.now() - (times[0] as number)).toBeLessThan(MINUTE);
    expect(Math.abs((times[0] as number) - (times[1] as number) - apart)).toBeLessThan(10 * MINUTE);
    expect((await send(a, {}, "?shift=later")).status).toBe(400);
  });

  it("keeps clients as hashes where the operator says so", async () => {
    const hashing = { ...env, HASH_CLIENTS: "true" };
    const init = { method: "POST", body: line("/hashed"), headers: { authorization: `Bearer ${source.key}` } };
    const taken = await app.request(`${REQUESTS}/log`, init, hashing);
    expect(await taken.json()).toMatchObject({ accepted: 1 });
    const { data } = await (await get(viewer, `${REQUESTS}?endpoint=/hashed`)).json<{ data: { user_id: string }[] }>();
    expect(data[0]?.user_id).toMatch(/^client-[0-9a-f]{16}$/);
  });
});

describe("whatever is thrown at the door", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue());
  const nearly = fc.record(
    {
      request_id: fc.oneof(
        fc.string({ unit: "binary", minLength: 1 }),
        fc.constantFrom("__proto__", "constructor"),
        text,
      ),
      timestamp: fc.oneof(
        fc.integer(),
        fc.constantFrom(Date.now(), 0, -1, 8.64e15, "0000-01-01T00:00:00Z", "1969-01-01T00:00:00Z"),
        text,
      ),
      endpoint: fc.oneof(
        fc.webUrl({ withQueryParameters: true }),
        fc.constantFrom("", "/", "//", "?", "__proto__"),
        text,
      ),
      status_code: fc.oneof(fc.integer({ min: 90, max: 610 }), fc.jsonValue()),
      method: fc.oneof(fc.constantFrom("GET", "brew", ""), text),
      user_id: text,
      latency_ms: fc.oneof(fc.double(), fc.constantFrom(0, 1e-9, 86_400_000)),
      bytes: fc.oneof(fc.maxSafeInteger(), fc.double()),
    },
    { requiredKeys: ["request_id", "timestamp", "endpoint", "status_code"] },
  );
  const answersWell = async (response: Response) => {
    if (response.ok) return void (await response.arrayBuffer());
    expect([400, 404, 413, 415, 422]).toContain((await problem(response)).status);
  };

  it("is answered, and never by a 500", () =>
    holds(
      fc.asyncProperty(fc.array(nearly, { maxLength: 3 }), fc.boolean(), async (events, asLines) => {
        const headers = { "content-type": asLines ? "application/x-ndjson" : "application/json" };
        const body = asLines ? events.map((event) => JSON.stringify(event)).join("\n") : JSON.stringify(events);
        await answersWell(await post(source, REQUESTS, body, headers));
        await answersWell(await post(source, `${REQUESTS}/log`, body, headers));
      }),
      { numRuns: 60 },
    ));

  it("is answered when it is asked", () =>
    holds(
      fc.asyncProperty(
        fc.dictionary(
          fc.constantFrom(
            "k",
            "metric",
            "dimension",
            "window",
            "start_time",
            "end_time",
            "method",
            "status_code",
            "from",
            "cursor",
            "limit",
            "start_date",
            "end_date",
          ),
          fc.oneof(
            fc.constantFrom(
              "5",
              "p95",
              "user_id",
              "request_id",
              "1h",
              "GET",
              "200",
              "2026-01-01",
              "0000-01-01T00:00:00Z",
              "-1",
              "1:1:x",
            ),
            fc.string(),
          ),
        ),
        async (query) => {
          for (const path of ["/top-k", "", "/history", "/aggregate/x"]) {
            await answersWell(await get(viewer, `${REQUESTS}${path}?${new URLSearchParams(query)}`));
          }
          await answersWell(
            await get(viewer, `${REQUESTS}/top-k?${new URLSearchParams({ ...query, k: "9", metric: "p95" })}`),
          );
          await answersWell(await post(viewer, `${REQUESTS}/aggregate`, query));
        },
      ),
      { numRuns: 60 },
    ));
});
