/* Posted requests: whose object takes them, and what comes back for each. */
import { describe, expect, it } from "vitest";
import type { Receipt } from "../../../src/domain/ledger/append";
import { aggregated } from "../../../src/domain/requests/aggregate";
import { parseRules } from "../../../src/domain/requests/endpoint";
import { addToFacets, emptyFacets } from "../../../src/domain/requests/minute";
import { intakeName, loggedOf, outcomeOf, sharesOf } from "../../../src/domain/requests/posting";
import { METRICS } from "../../../src/domain/requests/rank";
import type { RequestInput } from "../../../src/domain/requests/request";
import { addStatuses, emptySummary } from "../../../src/domain/requests/summary";
import { settingsOf } from "../../../src/domain/settings";
import { fc, holds } from "../../property";
import { logged, plainFigure } from "./plain-count";

const input = (request_id: string, more: Partial<RequestInput> = {}): RequestInput => ({
  ...{ request_id, timestamp: 0, endpoint: "/orders/7", status_code: 200 },
  ...more,
});
const sender = { source: "s", key: "s/k", hash: "h" };
const receipt = (status: Receipt["status"], duplicate = false): Receipt => ({
  stream: "s/0",
  epoch: "e",
  seq: 1,
  status,
  duplicate,
});

describe("the object of a request", () => {
  it("is one per source, or one of its partitions by the request's id", () =>
    holds(
      fc.property(
        fc.array(fc.string({ minLength: 1 })),
        fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }),
        (ids, count) => {
          const requests = ids.map((id) => loggedOf(input(id), []));
          const shares = sharesOf(requests, sender, count);
          expect([...shares.values()].flatMap(({ indexes }) => indexes).sort((a, b) => a - b)).toEqual(
            ids.map((_, i) => i),
          );
          for (const [name, { request, indexes }] of shares) {
            expect(Number(name.slice("s/".length))).toBeLessThan(count ?? 1);
            expect(request.events.map(({ id }) => id)).toEqual(indexes.map((i) => ids[i]));
            for (const i of indexes) expect(intakeName("s", ids[i] as string, count)).toBe(name);
          }
        },
      ),
    ));
});

describe("the content of a request", () => {
  const hashOf = (request: RequestInput, rules = "") => {
    const [share] = sharesOf([loggedOf(request, parseRules(rules))], sender, undefined).values();
    return share?.request.events[0]?.hash;
  };

  it("is what was posted, by whatever rules its endpoint is ranked", () => {
    expect(hashOf(input("1"), "/orders/:order")).toBe(hashOf(input("1")));
    for (const more of [
      { status_code: 500 },
      { bytes: 1 },
      { latency_ms: 0 },
      { user_id: "u" },
      { method: "GET" },
      { timestamp: 1 },
    ]) {
      expect(hashOf(input("1", more))).not.toBe(hashOf(input("1")));
    }
  });
});

describe("the outcome", () => {
  it("counts what is new and what came before, and names what was not stored", () => {
    const inputs = ["a", "b", "c"].map((id) => input(id));
    const [share] = sharesOf(
      inputs.map((one) => loggedOf(one, [])),
      sender,
      undefined,
    ).values();
    if (share === undefined) throw new Error("no share");
    const stored = [receipt("accepted"), receipt("duplicate", true), receipt("accepted")];
    expect(outcomeOf(inputs, [{ share, answer: { ok: true, receipts: stored } }])).toMatchObject({
      body: {
        accepted: 2,
        duplicates: 1,
        results: [{ request_id: "a" }, { status: "duplicate" }, { status: "accepted" }],
      },
    });
    const lost = outcomeOf(inputs, [
      { share, answer: { ok: false, code: "unavailable", detail: "gone", receipts: [] } },
    ]);
    expect(lost).toMatchObject({
      body: { accepted: 0 },
      problem: { code: "unavailable", errors: [{ pointer: "/0" }, {}, {}] },
    });
  });
});

describe("an aggregation", () => {
  it("is the plain figure of all requests, whichever objects have them", () =>
    holds(
      fc.property(
        fc.array(
          fc.record({
            status_code: fc.constantFrom(200, 404, 500),
            latency_ms: fc.nat(9_000),
            bytes: fc.nat(99),
            shard: fc.nat(2),
          }),
        ),
        (list) => {
          const all = list.map(({ shard: _, ...more }, i) => logged({ ...input(`${i}`), ...more }));
          const summaries = [0, 1, 2].map((shard) => {
            const facets = emptyFacets();
            for (const [i, one] of all.entries()) if (list[i]?.shard === shard) addToFacets(facets, one);
            const summary = emptySummary();
            addStatuses(summary, facets.endpoint, { errorsFrom: 500, sketches: true });
            return summary;
          });
          const { total, result } = aggregated(summaries, METRICS);
          expect(total).toBe(all.length);
          for (const { metric_name, metric_value } of result) {
            const exact = all.length === 0 && metric_name !== "frequency" ? null : plainFigure(all, metric_name);
            if (metric_name === "p95" && exact)
              expect(Math.abs((metric_value ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.010001);
            else expect([metric_name, metric_value]).toEqual([metric_name, exact]);
          }
        },
      ),
    ));
});

describe("an operator's rules", () => {
  it("are refused by name where they cannot be read", () => {
    expect(() => settingsOf({ ENDPOINT_RULES: "orders" })).toThrow(/ENDPOINT_RULES: orders must begin with \//);
    expect(() => settingsOf({ OWN_TRAFFIC_SAMPLE: "2" })).toThrow(/OWN_TRAFFIC_SAMPLE/);
    expect(() => settingsOf({ HASH_CLIENTS: "yes" })).toThrow(/HASH_CLIENTS: must be true or false/);
    expect(settingsOf({ ENDPOINT_RULES: "/a/:b" }).ENDPOINT_RULES).toHaveLength(1);
  });
});
