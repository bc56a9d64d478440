/* What a log's words mean: endpoints, methods, lines, spans of time. */
import { describe, expect, it } from "vitest";
import { RESOLUTIONS } from "../../../src/domain/bucket";
import { parseLogLine } from "../../../src/domain/requests/combined-log";
import { coverOf } from "../../../src/domain/requests/cover";
import { parseRules, routeOf } from "../../../src/domain/requests/endpoint";
import { accepts, codeOf, countedMethod, statusOf } from "../../../src/domain/requests/method";
import { fc, holds } from "../../property";

describe("an endpoint", () => {
  it.each([
    ["/", "/"],
    ["", "/"],
    ["/orders/1234?full=1#top", "/orders/:id"],
    ["/orders//1234/", "/orders/:id"],
    ["https://shop.example:8443/orders/7", "/orders/:id"],
    ["/files/123e4567-e89b-12d3-a456-426614174000/raw", "/files/:id/raw"],
    ["/commits/08c46354ab", "/commits/:id"],
    ["/s/eyJhbGciOiJIUzI1NiJ9xyz", "/s/:id"],
    ["/carts/01ARZ3NDEKTSV4RRFFQ69G5FAV/items", "/carts/:id/items"],
    ["/carts/01arz3ndektsv4rrffq69g5fav", "/carts/:id"],
    ["/facade/deadbeef", "/facade/deadbeef"],
    ["/presentations/logstash-monitorama-2013/css/main.css", "/presentations/logstash-monitorama-2013/css/main.css"],
    ["/v2/users", "/v2/users"],
  ])("of %s is %s", (address, route) => expect(routeOf(address)).toBe(route));

  it("is the first of the operator's rules that matches", () => {
    const rules = parseRules("/presentations/:slug, /presentations/*, /api/:version/users");
    expect(routeOf("/presentations/kibana?x=1", rules)).toBe("/presentations/:slug");
    expect(routeOf("/presentations/kibana/css/a.css", rules)).toBe("/presentations/*");
    expect(routeOf("/presentations", rules)).toBe("/presentations");
    expect(routeOf("/api/v1/users", rules)).toBe("/api/:version/users");
  });

  it.each(["presentations", "/a/*/b", "/a*", `/${"x".repeat(201)}`, Array(101).fill("/a").join()])(
    "is not made by a rule such as %s",
    (rule) => expect(() => parseRules(rule)).toThrow(),
  );

  it("has a bounded length and is its own endpoint, in a time that grows with the address alone", () =>
    holds(
      fc.property(
        fc.array(fc.constantFrom("a", "1", "/", "-", "A", "?", ":", "*", "e", "é"), { maxLength: 2_000, size: "max" }),
        (letters) => {
          const route = routeOf(letters.join(""), parseRules("/a/:b/c,/:x/1/*"));
          expect(route.length).toBeLessThanOrEqual(200);
          expect(route.startsWith("/")).toBe(true);
          if (!route.includes("*") && !route.endsWith("…")) expect(routeOf(route)).toBe(route);
        },
      ),
    ));
});

describe("method and status", () => {
  it("are one number that a filter reads", () =>
    holds(
      fc.property(
        fc.constantFrom("GET", "PATCH", undefined, "BREW"),
        fc.integer({ min: 100, max: 599 }),
        (method, status) => {
          const code = codeOf(method, status);
          expect(statusOf(code)).toBe(status);
          expect(accepts({ method, status }, code)).toBe(true);
          expect(accepts({ status: status + 1 }, code)).toBe(false);
          expect(accepts({ method: "DELETE" }, code)).toBe(false);
        },
      ),
    ));

  it("count unknown methods as one, so that nobody can invent keys without end", () => {
    expect([countedMethod("BREW"), countedMethod("GET"), countedMethod(undefined)]).toEqual(["OTHER", "GET", ""]);
  });
});

const line = (more: {
  request?: string;
  time?: string;
  user?: string;
  tail?: string;
  status?: string;
  bytes?: string;
}) =>
  `203.0.113.9 - ${more.user ?? "-"} [${more.time ?? "17/May/2015:10:05:03 +0000"}] "${more.request ?? "GET /a?b=1 HTTP/1.1"}" ${more.status ?? "200"} ${more.bytes ?? "512"}${more.tail ?? ' "-" "curl/8"'}`;

describe("a line of a combined log", () => {
  it("says who asked for what, when, and what came of it", () => {
    expect(parseLogLine(line({}))).toEqual({
      ok: true,
      value: {
        client: "203.0.113.9",
        user: undefined,
        timestamp: Date.parse("2015-05-17T10:05:03Z"),
        method: "GET",
        endpoint: "/a?b=1",
        status_code: 200,
        bytes: 512,
        latency_ms: undefined,
      },
    });
  });

  it.each([
    [{ tail: ' "-" "a \\"quoted\\" agent" 0.250' }, { latency_ms: 250 }],
    [{ tail: ' "-" "-" -' }, { latency_ms: undefined }],
    [{ tail: "" }, { status_code: 200 }],
    [{ user: "ann" }, { user: "ann" }],
    [{ bytes: "-" }, { bytes: 0 }],
    [{ time: "17/May/2015:10:05:03 +0200" }, { timestamp: Date.parse("2015-05-17T08:05:03Z") }],
    [{ time: "29/Feb/2016:23:59:59 -0530" }, { timestamp: Date.parse("2016-03-01T05:29:59Z") }],
    [{ request: "get /" }, { method: "GET", endpoint: "/" }],
    [{ tail: ' "-" "-" 350 4710' }, { latency_ms: undefined }],
    [{ tail: ' "-" "-" "198.51.100.7, 10.0.0.1" 1.001' }, { latency_ms: 1_001 }],
    [{ tail: ' "-" "-" 0.120 0.118 .' }, { latency_ms: 120 }],
    [{ tail: ' "-" "-" 1747476303.250 0.004' }, { latency_ms: 4 }],
    [{ tail: ' "-" "cut off 0.5' }, { latency_ms: undefined }],
    [{ user: "ann lee" }, { client: "203.0.113.9", user: "ann lee" }],
    [{ user: '""' }, { user: undefined }],
    [{ request: "GET /a b/c HTTP/1.1" }, { endpoint: "/a b/c" }],
    [{ request: "VERSION-CONTROL /a HTTP/1.1" }, { method: "VERSION-CONTROL" }],
    [{ request: "GET /a HTTP/2" }, { endpoint: "/a" }],
  ])("%j is %j", (more, expected) => expect(parseLogLine(line(more))).toMatchObject({ ok: true, value: expected }));

  it.each([
    ["", /form/],
    ["hello", /form/],
    [line({ time: "31/Feb/2015:10:05:03 +0000" }), /time/],
    [line({ time: "17/Mai/2015:10:05:03 +0000" }), /time/],
    [line({ time: "17/May/2015:10:75:03 +0000" }), /time/],
    [line({ time: "17/May/2015:10:05:03 +9999" }), /time/],
    [line({ time: "17/May/0015:10:05:03 +0000" }), /time/],
    [line({ request: "GET HTTP/1.1" }), /request/],
    [line({ request: "GET a b" }), /request/],
    [`198.51.100.7, ${line({})}`, /form/],
    [`shop.example:80 ${line({})}`, /form/],
    [line({ request: "-" }), /request/],
    [line({ request: "\\x16\\x03" }), /request/],
    [line({ status: "000" }), /status/],
  ])("%j is refused with a reason", (text, reason) => {
    const parsed = parseLogLine(text);
    expect(parsed.ok ? "" : parsed.error).toMatch(reason);
  });

  it("is read in a time that grows with its length alone", () => {
    const started = performance.now();
    for (const text of [
      '"'.repeat(16_000),
      `1 - - [${"\\".repeat(16_000)}`,
      `${line({}).slice(0, 50)}${'\\"'.repeat(8_000)}`,
    ]) {
      expect(parseLogLine(text).ok).toBe(false);
    }
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("the cover of a span", () => {
  const MINUTE = RESOLUTIONS.minute;
  it("has every minute once, in whole buckets, few of them", () =>
    holds(
      fc.property(fc.nat(200_000), fc.nat(60_000), (first, minutes) => {
        const [from, to] = [first * MINUTE, (first + minutes) * MINUTE];
        const stretches = coverOf(from, to);
        let at = from;
        let buckets = 0;
        for (const { resolution, from: start, to: end } of stretches) {
          expect(start).toBe(at);
          expect([start % RESOLUTIONS[resolution], end % RESOLUTIONS[resolution]]).toEqual([0, 0]);
          expect(end).toBeGreaterThan(start);
          buckets += (end - start) / RESOLUTIONS[resolution];
          at = end;
        }
        expect(at).toBe(to);
        expect(buckets).toBeLessThanOrEqual(2 * 59 + 2 * 23 + minutes / 1_440);
      }),
    ));
});
