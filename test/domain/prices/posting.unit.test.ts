/* From a body to shares of owners, and back to one result per event. */
import { describe, expect, it } from "vitest";
import type { AppendAnswer, Receipt } from "../../../src/domain/ledger/append";
import type { Answered } from "../../../src/domain/posting";
import { candleOf, mergeCandles } from "../../../src/domain/prices/candle";
import { outcomeOf, type PriceShare, parsePrices, sharesOf } from "../../../src/domain/prices/posting";
import { MAX_VOLUME, type PriceCommand, type PriceInput } from "../../../src/domain/prices/price";
import { fc, holds } from "../../property";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const event = (symbol: string, more: Partial<PriceInput> = {}): PriceInput => ({
  symbol,
  price: 1,
  timestamp: NOW,
  ...more,
});
const sender = { principal: "sensor", key: "sensor/k", hash: "h" };
const shares = (events: PriceInput[]) => sharesOf(events, sender, (symbol) => symbol.slice(0, 1));

const accepted = (stream: string, seq: number): Receipt => ({
  stream,
  epoch: "e",
  seq,
  status: "accepted",
  duplicate: false,
});
const answered = (share: PriceShare, answer: AppendAnswer): Answered<PriceCommand> => ({ share, answer });

describe("numbers", () => {
  const posted = (more: object) => parsePrices({ ...event("A"), ...more }, NOW);

  it("may be texts, however small or large, as languages write them", async () => {
    await holds(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (price) => {
        expect(posted({ price: String(price) })).toEqual({ ok: true, value: [event("A", { price: price + 0 })] });
      }),
    );
    const texts = ["1e-8", "1E+21", "1e-07", `0.${"0".repeat(40)}1`, "007"];
    expect(texts.map((price) => posted({ price }))).toEqual(
      texts.map((price) => ({ ok: true, value: [event("A", { price: Number(price) })] })),
    );
    for (const price of ["1e400", "1e", "e5", ".5", "5.", "+5", " 5", "0x10", "NaN", "Infinity", "1".repeat(401), ""]) {
      expect(posted({ price })).toMatchObject({ ok: false, error: [{ pointer: "/price" }] });
    }
  });

  it("are refused as volumes of which a sum could not be written", () => {
    expect(posted({ volume: MAX_VOLUME })).toMatchObject({ ok: true });
    for (const volume of [MAX_VOLUME * 1.1, "1e308", -1]) {
      expect(posted({ volume })).toMatchObject({ ok: false, error: [{ pointer: "/volume" }] });
    }
    const once = candleOf("A", 1, MAX_VOLUME, [NOW, "e", 1]);
    let sum = once;
    for (let doubled = 0; doubled < 60; doubled++) sum = mergeCandles(sum, sum);
    expect(Number.isFinite(sum.volume)).toBe(true);
  });
});

describe("shares", () => {
  it("go one to each owner, in the order sent", () => {
    const made = shares([event("A1"), event("B1"), event("A2")]);
    expect([...made.keys()]).toEqual(["A", "B"]);
    expect(made.get("A")?.indexes).toEqual([0, 2]);
    expect(made.get("A")?.request).toMatchObject({ key: "sensor/k", hash: "h" });
  });

  it("carry the principal as source unless the event names one", () => {
    const [own, other] = shares([event("A"), event("A", { source: "gate" })]).get("A")?.request.events ?? [];
    expect([own?.source, other?.source]).toEqual(["sensor", "gate"]);
  });

  it("have a fingerprint of what an id stands for, not of how it was numbered", () => {
    const hash = (more: Partial<PriceInput>) =>
      shares([event("A", { id: "1", ...more })]).get("A")?.request.events[0]?.hash;
    expect(hash({})).toBe(hash({ source_seq: 5, source_session: "s" }));
    expect(hash({})).not.toBe(hash({ price: 2 }));
    expect(hash({})).not.toBe(hash({ volume: 0 }));
    expect(shares([event("A")]).get("A")?.request.events[0]).not.toHaveProperty("hash");
  });
});

describe("the outcome", () => {
  const events = [event("A1"), event("B1"), event("A2")];
  const [a, b] = [...shares(events).values()] as [PriceShare, PriceShare];

  it("puts every owner's answers back in the order sent", () => {
    const { body, problem } = outcomeOf(events, [
      answered(b, { ok: true, receipts: [accepted("B1", 7)] }),
      answered(a, {
        ok: true,
        receipts: [accepted("A1", 1), { ...accepted("A2", 2), status: "duplicate", duplicate: true }],
      }),
    ]);
    expect(body.results.map((r) => [r.symbol, r.seq])).toEqual([
      ["A1", 1],
      ["B1", 7],
      ["A2", 2],
    ]);
    expect([body.accepted, body.duplicates, problem]).toEqual([2, 1, undefined]);
  });

  it("counts held events as accepted, but a held one that comes again as a duplicate", () => {
    const held = { ...accepted("A1", 1), seq: null, status: "held" as const };
    const answers = [answered(a, { ok: true, receipts: [held, { ...held, duplicate: true }] })];
    const { body } = outcomeOf([event("A1"), event("A1")], [{ ...answers[0]!, share: { ...a, indexes: [0, 1] } }]);
    expect([body.accepted, body.duplicates]).toEqual([1, 1]);
  });

  it("is the worst of all: what may help to send again comes before a conflict", () => {
    const receipts: Receipt[] = [
      { ...accepted("A1", 1), epoch: null, seq: null, status: "conflict" },
      { ...accepted("A2", 1), epoch: null, seq: null, status: "unavailable" },
    ];
    const conflict: AppendAnswer = { ok: false, code: "conflict", detail: "c", receipts };
    const alone = outcomeOf(events, [answered(a, conflict), answered(b, { ok: true, receipts: [accepted("B1", 1)] })]);
    expect(alone.problem).toMatchObject({ code: "conflict", errors: [{ pointer: "/0" }, { pointer: "/2" }] });
    expect(alone.body.results.map((r) => r.status)).toEqual(["conflict", "accepted", "conflict"]);
    const full: AppendAnswer = { ok: false, code: "log_full", detail: "full", receipts: [] };
    const both = outcomeOf(events, [answered(a, conflict), answered(b, full)]);
    expect(both.problem?.code).toBe("log_full");
    expect(both.body.results[1]?.status).toBe("unavailable");
  });
});

describe("parsing", () => {
  it("names every bad field of every event and gives none", () => {
    const result = parsePrices(
      [event("A"), { ...event("B"), price: null }, { ...event("C"), timestamp: NOW + 300_001 }],
      NOW,
    );
    expect(result).toMatchObject({ ok: false, error: [{ pointer: "/1/price" }, { pointer: "/2/timestamp" }] });
  });

  it("escapes names in pointers", () => {
    const result = parsePrices({ ...event("A"), "a/b~c": 1 }, NOW);
    expect(result).toMatchObject({ error: [{ pointer: "/a~1b~0c", detail: "is not a known field" }] });
  });

  it.each([
    [NOW, true],
    ["2026-11-21T10:05:00Z", true],
    ["1950-01-01T00:00:00Z", true],
    [NOW + 300_001, false],
    [NOW / 1000, false],
    [-5, false],
    [1.5, false],
    ["0000-01-01T00:00:00+01:00", false],
    ["yesterday", false],
    ["2026-02-30T00:00:00Z", false],
  ])("takes %s as a time: %s", (timestamp, isGood) => {
    expect(parsePrices({ ...event("A"), timestamp }, NOW).ok).toBe(isGood);
  });
});
