/* The times of archived entries are read out of their text: they must be those that the entries say, whatever texts are in
 * them. */
import { describe, expect, it } from "vitest";
import { spanOf, textOf } from "../../../src/domain/archive/batch";
import { linesOf } from "../../../src/domain/archive/line";
import { fc, holds } from "../../property";

const AT = Date.parse("2026-11-21T10:00:00Z");
/** Texts that look like what is searched for. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '","at":"1970-01-01T00:00:00.000Z","data":{',
    ',"type":"x","at":"1970-01-01T00:00:00.000Z","data":{',
    '"timestamp":5',
    'timestamp":5,"',
    '\\"timestamp\\":7',
    "timestamp",
  ),
);
const time = fc.nat(10 ** 10).map((ms) => AT + ms - 5 * 10 ** 9);
const iso = time.map((at) => new Date(at).toISOString());
const labels = fc.dictionary(text, text, { maxKeys: 3 });

interface Said {
  type: string;
  data: unknown;
  times: number[];
}

const request: fc.Arbitrary<Said> = fc
  .record({ id: text, timestamp: time, user: text })
  .map(({ id, timestamp, user }) => ({
    type: "request",
    data: { request_id: id, user_id: user, timestamp, endpoint: user },
    times: [timestamp],
  }));
const samples: fc.Arbitrary<Said> = fc
  .array(fc.record({ name: text, value: fc.double({ noNaN: true }), timestamp: time, labels }), { maxLength: 3 })
  .map((all) => ({
    type: "samples",
    data: { samples: all, lost: [] },
    times: all.map(({ timestamp }) => timestamp),
  }));
const price: fc.Arbitrary<Said> = iso.map((timestamp) => ({
  type: "price",
  data: { price: 1.5, timestamp },
  times: [Date.parse(timestamp)],
}));
const close: fc.Arbitrary<Said> = iso.map((start) => ({
  type: "close",
  data: { start, figures: { transactions: 3 } },
  times: [Date.parse(start)],
}));
const alert: fc.Arbitrary<Said> = fc.record({ start: iso, end: iso, text }).map(({ start, end, text: said }) => ({
  type: "open",
  data: { text: said, start_time: start, end_time: end, aggregate: { start_time: "1970-01-01T00:00:00.000Z" } },
  times: [Date.parse(start), Date.parse(end)],
}));
const silent = (type: string): fc.Arbitrary<Said> => text.map((name) => ({ type, data: { name }, times: [] }));

const OF: Record<string, fc.Arbitrary<Said>> = {
  "RequestIntake/shop/0": fc.oneof(
    request,
    fc.constant<Said>({ type: "closed", data: { minutes: [AT, AT + 60_000] }, times: [] }),
  ),
  "MetricIntake/shop/0": fc.oneof(samples, silent("deleted")),
  "PriceFeed/AAPL": fc.oneof(price, close, silent("deleted")),
  "AlertArea/haifa": fc.oneof(alert, silent("canary")),
  "NodeMonitor/web-1": silent("beat"),
};

describe("the span of a batch", () => {
  it.each(Object.keys(OF))("is that of what its entries say, of %s", (object) =>
    holds(
      fc.property(
        fc.array(fc.record({ at: time, topic: text, said: OF[object] as fc.Arbitrary<Said> }), { minLength: 1 }),
        (entries) => {
          const lines = entries.flatMap(({ at, topic, said: { type, data } }, seq) =>
            linesOf({ object, log_epoch: "e", pos: seq, reducer: 1 }, [
              JSON.stringify({ topic, epoch: "e", seq, type, at: new Date(at).toISOString(), data }),
            ]),
          );
          const arrivals = entries.map(({ at }) => at);
          const times = entries.flatMap(({ at, said }) => (said.times.length === 0 ? [at] : said.times));
          expect(spanOf(object, textOf(lines))).toEqual({
            entries: lines.length,
            first_at: Math.min(...arrivals),
            last_at: Math.max(...arrivals),
            min_time: Math.min(...times),
            max_time: Math.max(...times),
          });
        },
      ),
    ),
  );

  it("is that of a line in another order, too", () => {
    const line = JSON.stringify({
      topic: "t",
      at: new Date(AT).toISOString(),
      data: { timestamp: 7 },
      type: "request",
    });
    expect(spanOf("RequestIntake/shop/0", textOf([line]))).toMatchObject({ first_at: AT, min_time: 7, max_time: 7 });
  });
});
