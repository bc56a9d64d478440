/* The reducer of a spool: what waits, and when it is tried. */
import { describe, expect, it } from "vitest";
import { keyOf, type Spooled, type SpoolFact, type SpoolState, spool } from "../../../src/domain/alerts/spool";
import type { Entry } from "../../../src/domain/ledger/reducer";
import { fc, holds } from "../../property";
import { TEN } from "./place";

const SECOND = 1_000;

const waiting = (id: string, area = "haifa", source = "sensor"): Spooled => ({
  area,
  event: {
    stream: area,
    source,
    id,
    body: {
      type: "alert",
      event_id: id,
      candidate: "c",
      location: area,
      kind: "R",
      severity: "severe",
      start: TEN,
      end: TEN + SECOND,
      drill: false,
    },
  },
});

/** A spool with a clock, without a ledger; rebuilt from its own checkpoint before every step. */
class Kept {
  state: SpoolState = spool.empty("waiting");
  now = TEN;
  tries: number[] = [];
  #seq = 0;

  #append(facts: SpoolFact[]): SpoolFact[] {
    for (const fact of facts) {
      const entry = { stream: "waiting", epoch: "1", seq: ++this.#seq, at: this.now, ...fact } as Entry<SpoolFact>;
      const saved = JSON.parse(JSON.stringify(spool.save(this.state)));
      this.state = spool.apply(spool.load(saved), JSON.parse(JSON.stringify(entry)));
    }
    return facts;
  }

  take(one: Spooled): SpoolFact[] {
    return this.#append(spool.decide(this.state, { type: "spool", spooled: one }, this.now, false));
  }

  forwarded(one: Spooled, parked = false): SpoolFact[] {
    return this.#append(spool.decide(this.state, { type: "forwarded", key: keyOf(one), parked }, this.now, false));
  }

  ring(): SpoolFact[] {
    const facts = this.#append(spool.tick?.(this.state, this.now) ?? []);
    if (facts.length > 0) this.tries.push(this.now);
    return facts;
  }

  /** The clock moves; the alarm rings at each deadline on the way. */
  at(now: number): void {
    for (;;) {
      const due = spool.deadline?.(this.state, this.now);
      if (due === undefined || due > now) break;
      this.now = Math.max(this.now, due);
      this.ring();
    }
    this.now = now;
  }
}

describe("what waits", () => {
  it("is tried after a second, then less and less often, at least every five", () => {
    const kept = new Kept();
    kept.take(waiting("e1"));
    kept.at(TEN + 30 * SECOND);
    expect(kept.tries.map((at) => (at - TEN) / SECOND)).toEqual([1, 3, 7, 12, 17, 22, 27]);
  });

  it("is tried again soon after something got through", () => {
    const kept = new Kept();
    const [a, b] = [waiting("a"), waiting("b")];
    kept.take(a);
    kept.take(b);
    kept.at(TEN + 20 * SECOND);
    kept.forwarded(a);
    const before = kept.tries.length;
    kept.at(kept.now + 5 * SECOND);
    expect(kept.tries.length - before).toBeGreaterThanOrEqual(2);
  });

  it("is not held up by a place that keeps failing", () => {
    const kept = new Kept();
    kept.take(waiting("e1", "dead"));
    kept.at(TEN + 60 * SECOND + 1);
    const before = kept.tries.length;
    kept.take(waiting("e2", "alive"));
    kept.at(kept.now + SECOND);
    expect(kept.tries.length).toBeGreaterThan(before);
  });

  it("is nothing once everything is forwarded, and nothing rings any more", () => {
    const kept = new Kept();
    kept.take(waiting("e1"));
    kept.forwarded(waiting("e1"));
    expect([kept.state.waiting.size, spool.deadline?.(kept.state, kept.now)]).toEqual([0, undefined]);
    expect(spool.snapshot(kept.state)).toEqual({ waiting: 0 });
  });

  it("is forwarded once: noting it again says nothing", () => {
    const kept = new Kept();
    kept.take(waiting("e1"));
    expect(kept.forwarded(waiting("e1"))).toHaveLength(1);
    expect(kept.forwarded(waiting("e1"))).toEqual([]);
  });

  it("is accounted for: taken, parked, waiting", () => {
    const kept = new Kept();
    for (const id of ["a", "b", "c"]) kept.take(waiting(id));
    kept.forwarded(waiting("a"));
    kept.forwarded(waiting("b"), true);
    expect([kept.state.taken, kept.state.parked, kept.state.waiting.size]).toEqual([3, 1, 1]);
  });

  it("has its identity from place, source and id", () => {
    const keys = [waiting("a"), waiting("b"), waiting("a", "akko"), waiting("a", "haifa", "other")].map(keyOf);
    expect(new Set(keys).size).toBe(4);
  });
});

describe("any history of a spool", () => {
  const id = fc.constantFrom("a", "b", "c");
  const area = fc.constantFrom("haifa", "akko");
  const step = fc.oneof(
    fc.record({ do: fc.constant("take" as const), id, area }),
    fc.record({ do: fc.constant("forward" as const), id, area }),
    fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({ do: fc.constant("ring" as const) }),
  );

  it("keeps what was taken and not forwarded, and never sleeps on it", async () => {
    const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const kept = new Kept();
      const model = new Set<string>();
      for (const one of steps) {
        if (one.do === "take") {
          kept.take(waiting(one.id, one.area));
          model.add(keyOf(waiting(one.id, one.area)));
        } else if (one.do === "forward") {
          const isKnown = model.delete(keyOf(waiting(one.id, one.area)));
          expect(kept.forwarded(waiting(one.id, one.area))).toHaveLength(isKnown ? 1 : 0);
        } else if (one.do === "pass") kept.at(kept.now + one.ms);
        else {
          kept.ring();
          // An alarm that rings twice tries once.
          expect(kept.ring()).toEqual([]);
        }
        expect([...kept.state.waiting.keys()].sort()).toEqual([...model].sort());
        const due = spool.deadline?.(kept.state, kept.now);
        if (model.size === 0) expect(due).toBeUndefined();
        else expect(due).toBeLessThanOrEqual(kept.now + 5 * SECOND);
      }
    });
    await holds(property, { numRuns: 500 });
  });
});
