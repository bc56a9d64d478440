/* A message is the same whether it is made of what memory has or of the log, and whatever the rows of the log are like. */
import { describe, expect, it } from "vitest";
import type { SealedRow } from "../../../src/domain/ledger/draft";
import type { Output } from "../../../src/domain/ledger/reducer";
import { readRow, writeRow } from "../../../src/domain/ledger/row";
import { Gathered } from "../../../src/durable-objects/ledger/gathered";
import { Log } from "../../../src/durable-objects/ledger/log";
import { bundleAfter, eventsAfter, partsAfter } from "../../../src/durable-objects/ledger/parts";
import { fc, holds } from "../../property";
import { Disk, Life } from "./fake-object";

type Counted = { name: string; n: number };

const counts: Output = {
  purpose: "counts",
  parts: () => [],
  join(parts) {
    const sums = new Map<string, number>();
    for (const { name, n } of parts as Counted[]) sums.set(name, (sums.get(name) ?? 0) + n);
    return [...sums].map(([name, n]) => ({ name, n }));
  },
};
const entries: Output = { purpose: "archive", raw: true, parts: () => [] };

const read = (body: string) => readRow(body);
/** A row with headers and tails of any length, in letters of one to four bytes. */
const rowsOf = fc.array(
  fc.record({
    letter: fc.constantFrom("a", "נ", "波", "🌊"),
    header: fc.nat(1_500),
    tail: fc.nat(20_000),
    frames: fc.array(fc.nat(60_000), { maxLength: 3 }),
    parts: fc.array(fc.record({ name: fc.constantFrom("x", "y", "z"), n: fc.nat(9) }), { maxLength: 4 }),
    events: fc.nat(5),
  }),
  { minLength: 1, maxLength: 12 },
);

const sealed = (rows: (typeof rowsOf extends fc.Arbitrary<infer T> ? T : never)[number][], at: number): SealedRow[] =>
  rows.map(({ letter, header, tail, frames, parts, events }, i) => {
    const body = writeRow({
      header: { v: 1, r: 1, e: "e1", at, c: events, s: { [letter.repeat(header)]: [1, frames.length, "e1"] } },
      frames: frames.map((length, k) => JSON.stringify({ topic: "t", seq: k + 1, data: letter.repeat(length) })),
      tail: { ops: [["id", "s", letter.repeat(tail), "", "t", "e1", 1]], parts: { counts: parts } },
    });
    return { n: i + 1, at, accepted: events, parts: { counts: parts }, body };
  });

const logOf = (rows: SealedRow[], at: number): Log => {
  const log = new Log(new Life(new Disk()).ctx.storage.sql);
  log.write(rows, 0, at);
  return log;
};

describe("what a lane has gathered", () => {
  it("makes the messages that the log makes", () =>
    holds(
      fc.property(rowsOf, fc.nat(11), fc.nat(3), (specs, skipped, groups) => {
        const rows = sealed(specs, 1_000);
        const pos = Math.min(skipped, rows.length - 1);
        const source = { object: "PriceFeed/AAPL", log: logOf(rows, 1_000), read };
        for (const output of [counts, entries]) {
          const gathered = new Gathered(output);
          const size = groups + 1;
          for (let i = pos; i < rows.length; i += size) gathered.take(rows.slice(i, i + size), 1_000);
          const plain = bundleAfter(source, output, pos);
          expect(gathered.bundleAfter(pos) ?? plain).toEqual(plain);
          expect(bundleAfter(source, output, pos, gathered.rowsAfter)).toEqual(plain);
          if (output === counts) expect(gathered.bundleAfter(pos)).toBeDefined();
          expect(gathered.bundleAfter(pos + 1)).toBeUndefined();
        }
        const after = specs.slice(pos);
        expect(eventsAfter(source.log, pos)).toBe(after.reduce((sum, { events }) => sum + events, 0));
        const all = after.flatMap(({ parts }) => parts);
        expect(partsAfter(source, counts, pos)).toEqual(counts.join?.(all));
      }),
      { numRuns: 40 },
    ));

  it("is read from the log where it has become old, or much", () => {
    const row = (n: number, at: number): SealedRow => {
      const frames = [JSON.stringify({ topic: "t", seq: n, data: "x".repeat(250_000) })];
      const header = { v: 1, r: 1, e: "e1", at, c: 1, s: {} };
      return { n, at, accepted: 1, parts: {}, body: writeRow({ header, frames, tail: { ops: [], parts: {} } }) };
    };
    const waiting = new Gathered(entries);
    waiting.take([row(1, 0)], 0);
    expect(waiting.rowsAfter(0)).toHaveLength(1);
    waiting.take([row(2, 6_000)], 6_000);
    expect(waiting.rowsAfter(0)).toEqual([]);
    expect(waiting.isFull).toBe(false);
    const stuck = new Gathered(entries);
    for (let n = 1; n <= 40; n++) stuck.take([row(n, 0)], 0);
    expect(stuck.isFull).toBe(true);
    expect(stuck.rowsAfter(0).length).toBeLessThan(20);
    expect(stuck.rowsAfter(0)[0]?.n).toBe(1);
    expect(stuck.rowsAfter(30)).toEqual([]);
  });
});
