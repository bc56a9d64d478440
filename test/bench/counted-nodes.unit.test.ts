/* The bill of nodes, counted from the real ledger. Beats over sessions are no operation, so a healthy fleet costs its alarms
 * and nothing else: one more write per look, or a look more, must fail here. */
import { describe, expect, it } from "vitest";
import { type Counts, dollarsOf, MONTH_MINUTES, times } from "../../bench/cost";
import { countHealthy, countMeasuring, countOutages, NODE_MODELS } from "../../bench/counted/nodes";

const [shared, single] = NODE_MODELS as [(typeof NODE_MODELS)[0], (typeof NODE_MODELS)[0]];
const MINUTES = 10;
/** Seconds, unless the machine is busy. */
const COUNTS_WITHIN_MS = 60_000;

const monthOf = (counts: Counts, nodes: number): number =>
  dollarsOf(times(counts, ((1_000 / nodes) * MONTH_MINUTES) / MINUTES));

describe("A thousand healthy nodes", { timeout: COUNTS_WITHIN_MS }, () => {
  it("that share three objects cost three looks every half minute, and no more than 35 cents a month", async () => {
    const counts = await countHealthy(shared, MINUTES);
    const looks = 3 * 2 * MINUTES;
    expect(counts).toMatchObject({ object_calls: looks, rows_written: looks, d1_rows_written: 0, messages: 0 });
    expect(monthOf(counts, shared.nodes)).toBeLessThanOrEqual(0.35);
  });

  it("with an object each look every 20 to 30 s each, and cost a hundred dollars and more", async () => {
    const nodes = 20;
    const counts = await countHealthy({ ...single, nodes }, MINUTES);
    expect(counts.rows_written).toBe(counts.object_calls);
    expect(counts.object_calls / (nodes * MINUTES)).toBeGreaterThanOrEqual(1.9);
    expect(counts.object_calls / (nodes * MINUTES)).toBeLessThanOrEqual(3);
    expect(monthOf(counts, nodes)).toBeGreaterThan(90);
  });
});

it.each([
  ["shared", { ...shared, nodes: 30 }],
  ["its own", { ...single, nodes: 5 }],
])("an outage costs less than 40 millionths of a dollar in an object that is %s", async (_, model) => {
  const outages = 2;
  const counts = await countOutages(model, outages);
  expect(counts.messages).toBe(3 * outages);
  // A node, an event and a cursor for each of the three, and what indexes them.
  expect(counts.d1_rows_written).toBeLessThanOrEqual(9 * outages);
  expect(dollarsOf(counts) / outages).toBeLessThan(40e-6);
});

it("thirty figures a minute are one row and one call for their message, and half as much again for all that follows", async () => {
  const counts = await countMeasuring(40, 10);
  expect(counts.rows_written / counts.events).toBeGreaterThanOrEqual(1);
  expect(counts.rows_written / counts.events).toBeLessThan(1.7);
  expect(counts.object_calls / counts.events).toBeLessThan(1.5);
  expect(counts.d1_rows_written / counts.events).toBeLessThan(0.15);
});
