/* The bill: what each path does, counted from the real objects, stays within what was promised. Rows written and messages
 * are nearly all of it, so one write more per tick must fail here. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Counts, dollarsPerMillion } from "../../bench/cost";
import { count, MODELS, type Model } from "../../bench/counted/models";

const MINUTES = 4;
/** Seconds, unless the machine is busy. */
const COUNTS_WITHIN_MS = 60_000;
/** What is rare and whole: a message or a close more or less at the edges of the stretch. */
const EDGE = MINUTES + 1;

const appendsOf = ({ partitions, symbols, requestsPerSecond }: Model): number =>
  MINUTES * 60 * requestsPerSecond * (partitions ?? symbols);

describe.each(MODELS)("$what", (model) => {
  let counts: Counts;
  let objects: number;
  beforeAll(async () => {
    ({ counts, objects } = await count({ ...model, minutes: MINUTES }));
  }, COUNTS_WITHIN_MS);
  const appends = appendsOf(model);

  it("writes one row per commit, and a bounded number per object, symbol and minute", () => {
    // A very busy log fills a message before its minute is over: two rows for each.
    const early = 4 * Math.ceil(appends / objects / 4_096);
    expect(counts.rows_written).toBeGreaterThanOrEqual(appends);
    expect(counts.rows_written).toBeLessThanOrEqual(appends + EDGE * (3 * objects + 2 * model.symbols) + early);
  });

  it("sends at most a message per object and minute", () => {
    expect(counts.messages).toBeLessThanOrEqual(EDGE * objects + Math.ceil(appends / 4_096));
    // None of them exceeds 64 KB.
    expect(counts.queue_operations).toBe(3 * counts.messages);
  });

  it("writes at most four D1 rows per symbol and minute, a cursor per message, and a point per symbol, minute and message", () => {
    expect(counts.d1_rows_written).toBeLessThanOrEqual(EDGE * 4 * model.symbols + counts.messages);
    expect(counts.points).toBeLessThanOrEqual(model.symbols * (EDGE + counts.messages / objects));
  });

  it("calls an object once per append and a bounded number of times per minute", () => {
    expect(counts.object_calls).toBeLessThanOrEqual(appends + EDGE * (3 * objects + model.symbols) + counts.messages);
    expect(counts.requests).toBe(MINUTES * 60 * model.requestsPerSecond);
  });

  it("costs less than promised", () => {
    const limit = { "1": 1.9, "50": model.partitions === undefined ? 0.9 : 0.15 }[String(model.symbols)];
    expect(dollarsPerMillion(counts).total).toBeLessThan(limit as number);
  });
});
