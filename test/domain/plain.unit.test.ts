/* The short ways in: what they accept, the schemas accept as it is. */
import { describe, expect, it } from "vitest";
import { plainRequest } from "../../src/domain/requests/plain-request";
import { RequestInput } from "../../src/domain/requests/request";
import { plainSample } from "../../src/domain/telemetry/plain-sample";
import { MetricInput } from "../../src/domain/telemetry/sample";
import { fc, holds } from "../property";

const at = 1_700_000_000_000;
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    " ",
    0,
    -0,
    -1,
    1.5,
    Number.NaN,
    1e21,
    99,
    600,
    true,
    [],
    {},
    "GET",
    "get",
    at,
    "2026-11-21T10:00:00Z",
  ),
  fc.string({ maxLength: 140 }),
  fc.double(),
  fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(fc.string({ maxLength: 3 }), fc.nat()), { maxKeys: 18 }),
);
/** A good one with some fields spoiled, left out or added. */
const spoiled = (good: Record<string, unknown>) =>
  fc
    .record({
      fields: fc.subarray(Object.keys(good)),
      with: fc.array(fc.tuple(fc.constantFrom(...Object.keys(good), "other"), odd), { maxLength: 2 }),
    })
    .map(({ fields, with: changes }) => ({
      ...Object.fromEntries(fields.map((field) => [field, good[field]])),
      ...Object.fromEntries(changes),
    }));

const request = {
  ...{ request_id: "a", timestamp: at, user_id: "ann", endpoint: "/a", method: "GET", status_code: 200 },
  ...{ latency_ms: 1.5, bytes: 10 },
};
const sample = { name: "a.b", value: -1.5, timestamp: at, labels: { host: "a", __proto: "b" }, id: "x" };

describe("what is plain", () => {
  it.each([
    ["requests", request, plainRequest, RequestInput],
    ["samples", sample, plainSample, MetricInput],
  ] as const)("is as the schema has it: %s", (_, good, plain, schema) =>
    holds(
      fc.property(spoiled(good), (event) => {
        const taken = plain(event);
        if (taken !== undefined) expect(schema.safeParse(event)).toEqual({ success: true, data: taken });
      }),
      { numRuns: 2_000 },
    ),
  );

  it("takes what sources send", () => {
    expect(plainRequest(request)).toBe(request);
    const { __proto: _, ...labels } = sample.labels;
    expect(plainSample({ ...sample, labels })).toEqual({ ...sample, labels });
    expect(plainSample({ name: "a", value: 0, timestamp: at })).toBeDefined();
    expect(plainRequest({ ...request, method: "get" })).toBeUndefined();
    expect(
      plainSample(JSON.parse('{"name":"a","value":1,"timestamp":1700000000000,"labels":{"__proto__":"x"}}')),
    ).toBeUndefined();
  });
});
