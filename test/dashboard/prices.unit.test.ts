/* What the page makes of price frames, candles, numbers and refusals. */
import { describe, expect, it } from "vitest";
import { problemOf, sentenceOf } from "../../dashboard/src/api/problem";
import { changeOf, PriceBook, pointsOf, RECENT_EVENTS } from "../../dashboard/src/prices/book";
import { CandleSeries } from "../../dashboard/src/prices/candle-series";
import { age, decimalsOf, figure, fixed, momentOf, priceText, signedPercent } from "../../dashboard/src/ui/format";
import type { Frame, SnapshotMessage } from "../../src/domain/frame";

const EPOCH = "00aaaaaaaaaaaaa";
const NOW = Date.parse("2026-11-21T10:00:30.000Z");
const iso = (at: number) => new Date(at).toISOString();

const price = (seq: number, value: number, more: object = {}): Frame => ({
  topic: "prices/AAPL",
  epoch: EPOCH,
  seq,
  type: "price",
  at: iso(NOW),
  data: { price: value, timestamp: iso(NOW - 5), ...more },
});
const snapshot = (seq: number, data: object | null): SnapshotMessage => ({
  type: "snapshot",
  topic: "prices/AAPL",
  epoch: EPOCH,
  seq,
  at: iso(NOW),
  data,
});

function bookAt(value: number): PriceBook {
  const book = new PriceBook();
  book.snapshot(
    "AAPL",
    snapshot(10, { price: value, volume: null, timestamp: NOW - 9, received_at: iso(NOW - 8) }),
    NOW,
  );
  return book;
}

describe("the book of prices", () => {
  it("begins with the snapshot and moves with frames", () => {
    const book = bookAt(100);
    book.frame("AAPL", price(11, 101.5, { volume: 3 }), NOW);
    const row = book.row("AAPL");
    expect(row).toMatchObject({ price: 101.5, volume: 3, direction: 1, decimals: 1, ticks: 1, followed: true });
    expect(changeOf(row)).toBeCloseTo(0.015);
  });

  it("keeps the direction of the last change when a price repeats", () => {
    const book = bookAt(100);
    for (const [i, value] of [99, 99].entries()) book.frame("AAPL", price(11 + i, value), NOW);
    expect(book.row("AAPL").direction).toBe(-1);
  });

  it("never shows a late price as the current one", () => {
    const book = bookAt(100);
    book.frame("AAPL", price(11, 5, { late: true }), NOW);
    expect(book.row("AAPL")).toMatchObject({ price: 100, ticks: 1 });
    expect(pointsOf(book.row("AAPL"))).toEqual([]);
  });

  it("empties a deleted symbol and revives it with its next price", () => {
    const book = bookAt(100);
    book.frame("AAPL", { ...price(11, 0), type: "deleted", data: {} }, NOW);
    expect(book.row("AAPL")).toMatchObject({ price: undefined, deleted: true });
    book.frame("AAPL", { ...price(1, 7), epoch: "00bbbbbbbbbbbbb" }, NOW);
    expect(book.row("AAPL")).toMatchObject({ price: 7, deleted: false });
  });

  it("joins a range of the log with what it heard, each event once, newest first", () => {
    const book = bookAt(100);
    book.frame("AAPL", price(11, 101), NOW);
    book.history("AAPL", [price(9, 98), price(10, 100), price(11, 101)]);
    expect(book.row("AAPL").events.map((e) => e.seq)).toEqual([11, 10, 9]);
    expect(pointsOf(book.row("AAPL"))).toEqual([98, 100, 101]);
  });

  it("measures the change from the first price of the day that it knows, in its log too", () => {
    const book = bookAt(100);
    book.frame("AAPL", price(11, 110), NOW);
    expect(changeOf(book.row("AAPL"))).toBeCloseTo(0.1);
    const at = (ms: number) => iso(NOW - ms);
    const yesterday = { ...price(7, 1), at: at(86_400_000) };
    const otherLife = { ...price(8, 2), epoch: "00aaaaaaaaaaaa0", at: at(9_000) };
    book.history("AAPL", [yesterday, otherLife, { ...price(9, 88), at: at(20_000) }, { ...price(10, 100), at: at(8) }]);
    expect(changeOf(book.row("AAPL"))).toBeCloseTo(0.25);
    book.history("AAPL", [{ ...price(6, 500), at: at(1) }]);
    expect(changeOf(book.row("AAPL"))).toBeCloseTo(0.25);
  });

  it("forgets events that do not connect to a later snapshot", () => {
    const book = bookAt(100);
    book.frame("AAPL", price(11, 101), NOW);
    book.snapshot("AAPL", snapshot(500, { price: 120, timestamp: NOW }), NOW);
    expect(book.row("AAPL")).toMatchObject({ price: 120, events: [], asked: false });
  });

  it("stays bounded", () => {
    const book = bookAt(100);
    for (let seq = 11; seq < 1_000; seq++) book.frame("AAPL", price(seq, seq), NOW);
    expect(book.row("AAPL").events).toHaveLength(RECENT_EVENTS);
  });
});

describe("candles of a chart", () => {
  const start = iso(NOW - 30_000);
  const loaded = () => {
    const series = new CandleSeries("minute");
    series.load([{ start, open: 1, high: 3, low: 1, close: 2, volume: 9, count: 4, partial: true }]);
    return series;
  };

  it("follow ticks in price, however often the same tick comes, and leave the volume to the API", () => {
    const series = loaded();
    series.tick(5, NOW);
    expect(series.tick(5, NOW)).toEqual({ start: NOW - 30_000, open: 1, high: 5, low: 1, close: 5, volume: 9 });
  });

  it("say when they are too large to be drawn", () => {
    const series = new CandleSeries("minute");
    series.tick(61_234.5, NOW);
    expect(series.isDrawable).toBe(true);
    series.tick(-1.6e300, NOW);
    expect(series.isDrawable).toBe(false);
  });

  it("begin a new candle in a new minute and leave older minutes alone", () => {
    const series = loaded();
    expect(series.tick(7, NOW + 60_000)).toMatchObject({ start: NOW + 30_000, open: 7, volume: 0 });
    expect(series.tick(1, NOW)).toBeUndefined();
    expect(series.list().map((c) => c.close)).toEqual([2, 7]);
  });
});

describe("words and numbers", () => {
  it("keep the decimals a price was posted with", () => {
    expect([1666.8, 0.00141342, 1e-8, 42].map(decimalsOf)).toEqual([1, 8, 8, 0]);
    expect(fixed(1666.8, 2)).toBe("1,666.80");
  });

  it("never show a price that fits no column as a part of itself or as nothing", () => {
    expect([priceText(1.6e308, 0), priceText(-2e15, 2), priceText(1.5e-300, 12), priceText(0.004, 2)]).toEqual([
      ...["1.6e+308", "-2e+15", "1.5e-300", "4e-3"],
    ]);
    expect([priceText(0, 2), priceText(0.005, 2), priceText(1_234.5, 2)]).toEqual(["0.00", "0.01", "1,234.50"]);
    expect([figure(1.7e300), figure(2e-18), figure(0), figure(2e12), figure(undefined)]).toEqual([
      ...["1.7e+300", "2e-18", "0", "2,000,000,000,000", "–"],
    ]);
    expect(signedPercent(1e300)).toBe("+1.0e+302 %");
  });

  it("show signs as wide as digits and no sign for nothing", () => {
    expect([0.0123, -0.0123, -0.000001].map(signedPercent)).toEqual(["+1.23 %", "\u22121.23 %", "0.00 %"]);
  });

  it("tell ages in one unit", () => {
    expect([-5, 900, 59_000, 61_000, 7_200_000, 172_800_000].map(age)).toEqual([
      "now",
      "now",
      "59 s",
      "1 min",
      "2 h",
      "2 d",
    ]);
  });

  it("read times as RFC 3339 and as epoch ms", () => {
    expect([momentOf(iso(NOW)), momentOf(NOW), momentOf(null)]).toEqual([NOW, NOW, Number.NaN]);
  });

  it("turn a problem document into what happened, where, and what to do", () => {
    const body = {
      title: "The request is not valid",
      detail: "",
      errors: [{ pointer: "/price", detail: "is missing" }],
    };
    expect(sentenceOf(problemOf(400, body))).toBe(
      "The request is not valid. /price: is missing. Correct what is named and try again.",
    );
    expect(sentenceOf(problemOf(503, "<html>", "7"))).toContain("Try again in 7 s.");
  });
});
