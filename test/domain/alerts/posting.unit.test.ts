/* From a body to one event per location, and back to one result for each. */
import { describe, expect, it } from "vitest";
import type { AlertInput } from "../../../src/domain/alerts/alert";
import { locationKey } from "../../../src/domain/alerts/location";
import {
  type AlertSender,
  type AlertsAnswered,
  outcomeOf,
  type PlacedAlert,
  parseAlerts,
  placeAlerts,
  sharesOf,
} from "../../../src/domain/alerts/posting";
import type { Receipt } from "../../../src/domain/ledger/append";
import { fc, holds } from "../../property";
import { MINUTE, TEN } from "./place";

const alert = (more: Record<string, unknown> = {}) => ({
  location: "Haifa",
  type: "Rocket Alert",
  timestamp: TEN,
  duration: 10,
  ...more,
});
const parsed = (...bodies: Record<string, unknown>[]): AlertInput[] => {
  const result = parseAlerts(bodies, TEN);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

/** Mints 1, 2, 3 … */
function sender(more: Partial<AlertSender> = {}): AlertSender {
  let minted = 0;
  return { principal: "sensor", idempotencyKey: undefined, mint: () => `m${++minted}`, ...more };
}
const placed = (...bodies: Record<string, unknown>[]) => placeAlerts(parsed(...bodies), sender());

describe("what is placed", () => {
  it("is one event per place, under one id, each with an alert of its own to begin", () => {
    const events = placed(alert({ location: undefined, locations: ["Haifa", "Akko"], id: "e1" }));
    expect(events.map(({ event }) => [event.body.location, event.body.event_id, event.id])).toEqual([
      ["Haifa", "e1", "e1\nhaifa"],
      ["Akko", "e1", "e1\nakko"],
    ]);
    expect(new Set(events.map(({ event }) => event.body.candidate)).size).toBe(2);
  });

  it("names each place once, as it was written first", () => {
    const events = placed(alert({ location: undefined, locations: ["Haifa", "Akko", "HAIFA", " akko"] }));
    expect(events.map(({ event }) => event.body.location)).toEqual(["Haifa", "Akko"]);
  });

  it("has the id of its source, else one of the request's key, else a fresh one", () => {
    const ids = (idempotencyKey?: string) =>
      placeAlerts(parsed(alert({ id: "own" }), alert()), sender({ idempotencyKey })).map(
        ({ event }) => event.body.event_id,
      );
    expect(ids("k")).toEqual(["own", "k/1"]);
    expect(ids()).toEqual(["own", "m2"]);
  });

  it("ends after its minutes, however small they are", () => {
    const lengths = [10, 0.5, 0.000_001, 1_440].map((duration) => {
      const [{ event }] = placed(alert({ duration })) as [PlacedAlert];
      return event.body.end - event.body.start;
    });
    expect(lengths).toEqual([10 * MINUTE, 30_000, 1, 1_440 * MINUTE]);
  });

  it("has one type, however its accents are written", () => {
    const kinds = ["Alerte é", "Alerte e\u0301"].map((type) => placed(alert({ type }))[0]?.event.body.kind);
    expect(new Set(kinds).size).toBe(1);
  });

  it("has a fingerprint of what it says, and not of where or of what was minted", () => {
    const hash = (more: Record<string, unknown>) => placed(alert(more))[0]?.event.hash;
    expect(hash({})).toBe(hash({ location: "Akko", id: "x", drill: false }));
    for (const other of [{ type: "Drone" }, { timestamp: TEN + 1 }, { duration: 11 }, { text: "" }, { drill: true }])
      expect(hash(other)).not.toBe(hash({}));
    expect(hash({ severity: "minor" })).not.toBe(hash({}));
  });

  it("never leaves a place out and never names one twice", async () => {
    const name = fc.constantFrom("Haifa", "haifa", "HAIFA ", "Akko", "akko\u200f", "Straße", "STRASSE", "באר שבע");
    const property = fc.property(fc.array(name, { minLength: 1, maxLength: 12 }), (locations) => {
      const keys = placed(alert({ location: undefined, locations })).map(({ event }) => event.stream);
      expect(keys).toEqual([...new Set(locations.map(locationKey))]);
    });
    await holds(property);
  });
});

describe("what is refused", () => {
  const fieldsOf = (body: unknown) => {
    const result = parseAlerts(body, TEN);
    return result.ok ? [] : result.error.map(({ pointer }) => pointer).sort();
  };

  it("is every bad field of every alert at once", () => {
    const ahead = TEN + 8 * 24 * 60 * MINUTE;
    expect(fieldsOf({})).toEqual(["/duration", "/location", "/timestamp", "/type"]);
    expect(fieldsOf([alert(), { timestamp: ahead, duration: 0, type: "R" }])).toEqual([
      "/1/duration",
      "/1/location",
      "/1/timestamp",
    ]);
    expect(fieldsOf(alert({ timestamp: new Date(ahead).toISOString() }))).toEqual(["/timestamp"]);
    for (const body of [null, 5, "alert", [[]]]) expect(fieldsOf(body)).toHaveLength(1);
  });

  it("is a type that nobody can see", () => {
    for (const type of ["", " \t", "\u200b\u200f", "\u0001", "\ud800"])
      expect(fieldsOf(alert({ type }))).toEqual(["/type"]);
    for (const type of ["!", "🚀", "טילים"]) expect(fieldsOf(alert({ type }))).toEqual([]);
  });

  it("is nothing up to seven days ahead", () => {
    expect(fieldsOf(alert({ timestamp: TEN + 7 * 24 * 60 * MINUTE }))).toEqual([]);
    expect(fieldsOf(alert({ timestamp: TEN + 7 * 24 * 60 * MINUTE + 1 }))).toEqual(["/timestamp"]);
  });
});

describe("the outcome", () => {
  const events = placed(alert({ location: undefined, locations: ["A1", "B1", "A2"], id: "e1" }));
  const [a, b] = [...sharesOf(events, "key", (key) => key.slice(0, 1)).values()] as AlertsAnswered["share"][];
  const receipt = (seq: number, more: Partial<Receipt> = {}): Receipt => ({
    stream: "",
    epoch: "e",
    seq,
    status: "accepted",
    duplicate: false,
    ...more,
  });
  const answered = (
    share: AlertsAnswered["share"] | undefined,
    answer: AlertsAnswered["answer"],
    more: Partial<AlertsAnswered> = {},
  ): AlertsAnswered => ({ share: share as AlertsAnswered["share"], answer, alertIds: [], spooled: false, ...more });

  it("puts the answers of all owners back in the order sent", () => {
    const { body, problem } = outcomeOf(events, [
      answered(b, { ok: true, receipts: [receipt(7)] }, { alertIds: ["b"] }),
      answered(
        a,
        { ok: true, receipts: [receipt(1), receipt(2, { status: "duplicate", duplicate: true })] },
        { alertIds: ["a1", "a2"] },
      ),
    ]);
    expect(problem).toBeUndefined();
    expect(body).toMatchObject({ accepted: 2, duplicates: 1 });
    expect(body).not.toHaveProperty("spooled");
    expect(body.results.map((r) => [r.location, r.alert_id, r.seq, r.status])).toEqual([
      ["A1", "a1", 1, "accepted"],
      ["B1", "b", 7, "accepted"],
      ["A2", "a2", 2, "duplicate"],
    ]);
  });

  it("counts what a spool keeps as accepted, without a place in the order", () => {
    const { body, problem } = outcomeOf(events, [
      answered(a, { ok: true, receipts: [receipt(1), receipt(2)] }, { alertIds: ["a1", "a2"] }),
      answered(b, { ok: true, receipts: [receipt(9)] }, { spooled: true }),
    ]);
    expect(problem).toBeUndefined();
    expect(body).toMatchObject({ accepted: 3, spooled: true });
    expect(body.results[1]).toMatchObject({ alert_id: null, epoch: null, seq: null, status: "spooled" });
  });

  it("is the worst that happened, and says of each event what became of it", () => {
    const unreachable = { ok: false as const, code: "unavailable" as const, detail: "down", receipts: [] };
    const conflict = receipt(0, { status: "conflict" });
    const { body, problem } = outcomeOf(events, [
      answered(b, unreachable, { spooled: true }),
      answered(a, {
        ok: false,
        code: "conflict",
        detail: "known",
        receipts: [conflict, receipt(0, { status: "unavailable" })],
      }),
    ]);
    expect(problem?.code).toBe("unavailable");
    expect(problem?.errors.map((e) => e.pointer)).toEqual(["/0", "/0", "/0"]);
    expect(body).toMatchObject({ accepted: 0, duplicates: 0 });
    expect(body.results.map((r) => r.status)).toEqual(["conflict", "unavailable", "conflict"]);
  });

  it("names a conflict as it was sent, not as a ledger or a spool knows it", () => {
    const [fine, bad] = [receipt(0, { status: "unavailable" }), receipt(0, { status: "conflict" })];
    const refusal = { ok: false as const, code: "conflict" as const, detail: "The id e1\na2 …", receipts: [fine, bad] };
    const { problem } = outcomeOf(events, [answered(b, { ok: true, receipts: [receipt(1)] }), answered(a, refusal)]);
    expect(problem?.detail).toBe("The id e1 came to A2 before, with other content.");
  });
});
