/* Sources that number their events, against a model that keeps everything it ever saw: which are duplicates, which wait, in
 * which order all of them come to be, and that an object rebuilt from its rows or from a checkpoint goes on the same. */
import { describe, expect, it } from "vitest";
import { admit, tick } from "../../../src/domain/ledger/admit";
import type { AppendEvent } from "../../../src/domain/ledger/append";
import { type Core, emptyCore, type Kit, loadCore, replay, saveCore } from "../../../src/domain/ledger/core";
import { newDraft, seal } from "../../../src/domain/ledger/draft";
import type { Fact } from "../../../src/domain/ledger/reducer";
import type { Row } from "../../../src/domain/ledger/row";
import { HELD_MAX, HOLD_MS, judge, noSources, rememberSource, sourceKey } from "../../../src/domain/ledger/sources";
import { fc, holds } from "../../property";

type Said = Fact<string> & { type: "said" };

/** Remembers what was said, in order: `monday 3`, or `monday 3 late`. */
const kit: Kit<string[], string, Said> = {
  reducer: {
    version: 1,
    topic: "said",
    empty: () => [],
    decide: (_, said, _now, late) => [{ type: "said", data: late ? `${said} late` : said }],
    apply: (state, { data }) => [...state, data],
    snapshot: (state) => state,
    save: (state) => state,
    load: (saved) => saved as string[],
  },
  outputs: [],
};

class Subject {
  core: Core<string[], string> = emptyCore();
  now = 0;
  readonly #rows: Row[] = [];
  #requests = 0;

  post(session: string, number: number, id?: string) {
    const event: AppendEvent<string> = {
      ...{ stream: "a", source: "counter", session, seq: number },
      body: `${session} ${number}`,
      ...(id === undefined ? {} : { id, hash: "same" }),
    };
    const draft = newDraft(this.now, Math.random);
    const answer = admit(this.core, kit, draft, { key: `${this.#requests++}`, hash: "", events: [event] });
    this.#rows.push(...seal(this.core, kit, draft));
    return answer.receipts[0];
  }

  tick(): void {
    const draft = newDraft(this.now, Math.random);
    tick(this.core, kit, draft);
    this.#rows.push(...seal(this.core, kit, draft));
  }

  /** @param how from every row, or from a checkpoint of now */
  rebuild(how: "rows" | "checkpoint"): void {
    if (how === "checkpoint") {
      this.core = loadCore(kit, saveCore(this.core, kit, { pos: this.core.pos, at: this.now })).core;
      return;
    }
    this.core = emptyCore();
    for (const row of this.#rows) replay(this.core, kit, row);
  }

  get said(): string[] {
    return this.core.streams.get("a")?.state ?? [];
  }
}

/** The plain way: all numbers of all sessions, and whoever waits. */
class Model {
  readonly said: string[] = [];
  /** Newest last. Number → its place. */
  readonly #sessions = new Map<string, Map<number, number>>();
  #held: { session: string; number: number; until: number }[] = [];
  now = 0;

  post(session: string, number: number) {
    if (this.#held.some((h) => h.session === session && h.number === number)) return { status: "held", seq: null };
    const seen = this.#sessions.get(session);
    if (seen?.has(number)) return { status: "duplicate", seq: seen.get(number) };
    const isNewest = [...this.#sessions.keys()].at(-1) === session;
    const high = seen === undefined ? 0 : Math.max(...seen.keys());
    if (seen !== undefined && isNewest && number > high + 1) {
      this.#held.push({ session, number, until: this.now + HOLD_MS });
      return { status: "held", seq: null };
    }
    if (seen === undefined) this.#release(() => true);
    const isLate = seen !== undefined && (!isNewest || number < high);
    const seq = this.#take(session, number, isLate);
    if (!isLate) this.#release(() => false);
    return { status: "accepted", seq };
  }

  #take(session: string, number: number, isLate: boolean): number {
    const seen = this.#sessions.get(session) ?? new Map<number, number>();
    this.#sessions.set(session, seen);
    this.said.push(`${session} ${number}${isLate ? " late" : ""}`);
    seen.set(number, this.said.length);
    return this.said.length;
  }

  /** The lowest first, as long as one of them has waited enough, or follows on what is there. */
  #release(isDone: (until: number) => boolean): void {
    for (;;) {
      const [lowest] = this.#held.sort((a, b) => a.number - b.number);
      if (lowest === undefined) return;
      const high = Math.max(...(this.#sessions.get(lowest.session)?.keys() ?? []));
      if (!this.#held.some(({ until }) => isDone(until)) && lowest.number > high + 1) return;
      this.#held = this.#held.filter((h) => h !== lowest);
      this.#take(lowest.session, lowest.number, false);
    }
  }

  tick(): void {
    if (this.#held.some(({ until }) => until <= this.now)) this.#release((until) => until <= this.now);
  }
}

type Step =
  /** In the newest session or one before it; so many numbers on from what that one posted before. */
  | { do: "post"; back: number; ahead: number }
  | { do: "restart" }
  | { do: "wait"; ms: number }
  | { do: "rebuild"; how: "rows" | "checkpoint" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant("post" as const),
      back: fc.constantFrom(0, 0, 0, 0, 0, 1, 2),
      ahead: fc.constantFrom(1, 1, 2, 3, 5, 0, -1, -1, -2, -3, -5),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, HOLD_MS / 2, HOLD_MS / 2, HOLD_MS / 2, HOLD_MS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("rebuild" as const),
      how: fc.constantFrom("rows" as const, "checkpoint" as const),
    }),
  },
);

/** Posts as the steps say, to both. */
class Source {
  readonly #last = [8];

  post(subject: Subject, model: Model, { back, ahead }: Extract<Step, { do: "post" }>): void {
    const session = Math.max(0, this.#last.length - 1 - back);
    const number = Math.max(1, (this.#last[session] as number) + ahead);
    this.#last[session] = number;
    expect(subject.post(`s${session}`, number)).toMatchObject(model.post(`s${session}`, number));
  }

  restart(): void {
    if (this.#last.length < 4) this.#last.push(8);
  }
}

describe("a source that numbers its events", () => {
  it("has each of them once, in the order that a plain model says", async () => {
    await holds(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const [subject, model, source] = [new Subject(), new Model(), new Source()];
        for (const one of steps) {
          if (one.do === "rebuild") subject.rebuild(one.how);
          else if (one.do === "restart") source.restart();
          else if (one.do === "post") source.post(subject, model, one);
          else {
            subject.now = model.now += one.ms;
            subject.tick();
            model.tick();
          }
          expect(subject.said).toEqual(model.said);
        }
      }),
    );
  });

  it("has one once whose id comes again under another number, while it waits and afterwards", () => {
    const subject = new Subject();
    subject.post("monday", 1);
    expect(subject.post("monday", 3, "x")).toMatchObject({ status: "held", duplicate: false });
    expect(subject.post("monday", 5, "x")).toMatchObject({ status: "held", duplicate: true });
    subject.post("monday", 2);
    expect(subject.post("monday", 4, "x")).toMatchObject({ status: "duplicate", seq: 3 });
    expect(subject.said).toEqual(["monday 1", "monday 2", "monday 3"]);
  });

  it("waits for no gap where a thousand wait already", () => {
    const subject = new Subject();
    subject.post("monday", 1);
    for (let i = 0; i < HELD_MAX; i++) expect(subject.post("monday", 3 + i)?.status).toBe("held");
    expect(subject.said).toHaveLength(1);
    subject.rebuild("checkpoint");
    expect(subject.post("monday", 3 + HELD_MAX)).toMatchObject({ status: "accepted", seq: 2 + HELD_MAX });
    expect(subject.said.at(-1)).toBe(`monday ${3 + HELD_MAX}`);
    expect(subject.post("monday", 5 + HELD_MAX)?.status).toBe("held");
  });

  it("is told four sessions apart, and what is older is taken for a new one", () => {
    const subject = new Subject();
    for (const session of ["1", "2", "3", "4", "5"]) subject.post(session, 7);
    expect(subject.post("2", 7)?.status).toBe("duplicate");
    expect(subject.post("1", 7)?.status).toBe("accepted");
  });

  it("has a thousand gaps remembered; one more, and the lowest is forgotten and counted", () => {
    const subject = new Subject();
    for (let i = 0; i <= 1_001; i++) {
      subject.post("monday", 1 + 3 * i);
      subject.now += HOLD_MS;
      subject.tick();
    }
    expect(subject.core.sources.forgotten).toBe(2);
    expect(subject.post("monday", 2)?.status).toBe("duplicate");
    expect(subject.post("monday", 5)).toMatchObject({ status: "accepted", late: true });
  });

  it("is answered with the place of a repetition while there are few stretches of them", () => {
    const subject = new Subject();
    subject.post("monday", 1_000);
    for (let i = 1; i < 80; i++) subject.post("monday", 1_000 - 2 * i);
    expect(subject.post("monday", 1_000)).toMatchObject({ status: "duplicate", seq: null });
    expect(subject.post("monday", 1_000 - 2 * 79)).toMatchObject({ status: "duplicate", seq: 80 });
    expect(subject.post("monday", 1_000 - 2 * 16)).toMatchObject({ status: "duplicate", seq: 17 });
    expect(subject.post("monday", 1_000 - 2 * 15)).toMatchObject({ status: "duplicate", seq: null });
  });

  it("is not told a place in another epoch, nor one of what went with its stream before it had any", () => {
    const sources = noSources();
    const take = (number: number, epoch: string, seq: number) =>
      rememberSource(sources, ["num", "a", "s", "", number, epoch, seq], 0);
    const placeOf = (seq: number) => judge(sources, { stream: "a", source: "s", seq, body: null });
    take(1, "e1", 1);
    take(2, "e2", 2);
    take(3, "", 0);
    expect([placeOf(1), placeOf(2), placeOf(3)]).toMatchObject([
      { at: { epoch: "e1", seq: 1 } },
      { at: { epoch: "e2", seq: 2 } },
      { do: "duplicate", at: undefined },
    ]);
  });

  it("is remembered among 10,000; of more, those go that were not heard for 15 minutes, the longest first", () => {
    const sources = noSources();
    const hear = (source: string, at: number) => rememberSource(sources, ["num", "a", source, "", 1, "e", 1], at);
    const knows = (source: string) => sources.known.has(sourceKey("a", source));
    for (let i = 0; i < 10_001; i++) hear(`${i}`, 1_000);
    expect([sources.known.size, sources.forgotten]).toEqual([10_001, 0]);
    hear("0", 2_000);
    hear("more", 15 * 60_000 + 1_000);
    expect([knows("0"), knows("1"), knows("2"), knows("3"), sources.forgotten]).toEqual([true, false, false, true, 2]);
    for (let i = 0; sources.known.size < 50_000; i++) hear(`new ${i}`, 15 * 60_000 + 1_500);
    expect([knows("0"), sources.forgotten]).toEqual([true, 10_000]);
    hear("one too many", 15 * 60_000 + 1_500);
    expect([knows("0"), sources.known.size, sources.forgotten]).toEqual([false, 50_000, 10_001]);
  });
});
