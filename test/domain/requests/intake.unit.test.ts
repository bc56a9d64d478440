/* The fold of request logs: whatever comes late, twice closed or rebuilt, everything is counted once. */
import { describe, expect, it } from "vitest";
import { bucketStart } from "../../../src/domain/bucket";
import type { Entry } from "../../../src/domain/ledger/reducer";
import { type DayPart, joinDays } from "../../../src/domain/requests/day";
import {
  CLOSE_AFTER_MS,
  CLOSED_MAX,
  type IntakeFact,
  type IntakeState,
  intakeOf,
} from "../../../src/domain/requests/intake";
import { addToFacets, emptyFacets, FACET, type Facets, sizeOf } from "../../../src/domain/requests/minute";
import { type CellPart, closedCells, OTHER_ENDPOINTS, requestParts } from "../../../src/domain/requests/part";
import { rank } from "../../../src/domain/requests/rank";
import type { LoggedRequest } from "../../../src/domain/requests/request";
import { addTable, emptySummary } from "../../../src/domain/requests/summary";
import { fc, holds } from "../../property";
import { logged, plainFigure, plainRanking } from "./plain-count";

const START = Date.parse("2026-03-01T00:00:00Z");
const MINUTE = 60_000;

const requests = fc
  .array(
    fc.record({
      endpoint: fc.constantFrom("/a", "/b", "/c/1", "/c/2"),
      user: fc.nat(5),
      offset: fc.nat(5 * MINUTE),
      status_code: fc.constantFrom(200, 500),
      latency_ms: fc.nat(10_000),
      bytes: fc.nat(500),
    }),
    { maxLength: 60, size: "max" },
  )
  .map((list) =>
    list.map(({ offset, user, ...rest }, i) =>
      logged({ request_id: `r${i}`, timestamp: START + offset, user_id: `u${user}`, ...rest }),
    ),
  );

const page = (endpoint: string): LoggedRequest =>
  logged({ request_id: endpoint, timestamp: START, endpoint, status_code: 404 });

/** A stream as the ledger drives it; what is closed is merged as an object does. */
class World {
  state: IntakeState;
  readonly closed = new Map<number, Facets>();
  readonly reducer;
  readonly facts: IntakeFact[] = [];
  #seq = 0;

  constructor(cellsMax?: number) {
    this.reducer = intakeOf(cellsMax);
    this.state = this.reducer.empty("s/0");
  }

  post(request: LoggedRequest, at: number): void {
    this.#apply(this.reducer.decide(this.state, { type: "request", request }, at, false), at);
  }

  tick(at: number): number {
    const facts = this.reducer.tick?.(this.state, at) ?? [];
    this.#apply(facts, at);
    return facts.length;
  }

  rebuild(): void {
    this.state = this.reducer.load(JSON.parse(JSON.stringify(this.reducer.save(this.state))));
  }

  #apply(facts: IntakeFact[], at: number): void {
    for (const fact of facts) {
      this.facts.push(fact);
      const entry = { stream: "s/0", epoch: "e", seq: ++this.#seq, at, ...fact } as Entry<IntakeFact>;
      this.state = this.reducer.apply(this.state, entry);
      if (fact.type !== "closed") continue;
      for (const { start, facets } of this.state.leaving) {
        const known = this.closed.get(start) ?? emptyFacets();
        FACET.endpoint.merge(known.endpoint, facets.endpoint);
        FACET.user.merge(known.user, facets.user);
        FACET.ids.merge(known.ids, facets.ids);
        this.closed.set(start, known);
      }
    }
  }
}

function frequencies(world: World, minute: number): { key: string; value: number }[] {
  const summary = emptySummary();
  const question = { errorsFrom: 500, sketches: false };
  for (const facets of [world.closed.get(minute), world.state.minutes.get(minute)?.facets]) {
    if (facets !== undefined) addTable(summary, facets.endpoint, question);
  }
  return rank(summary, "frequency", 100).rows.map(({ key, value }) => ({ key, value }));
}

describe("minutes of requests", () => {
  it("count each request once, in its own minute, however the clock and the requests interleave", () =>
    holds(
      fc.property(
        requests,
        fc.array(fc.nat(3), { minLength: 1 }),
        fc.constantFrom(3, 40, undefined),
        (list, steps, cellsMax) => {
          const world = new World(cellsMax);
          let at = START;
          for (const [i, request] of list.entries()) {
            const step = steps[i % steps.length] as number;
            at += step * 20_000;
            if (step === 2) world.tick(at);
            if (step === 3) world.rebuild();
            world.post(request, at);
          }
          for (const minute of new Set(list.map((r) => bucketStart(r.timestamp, "minute")))) {
            const plain = plainRanking(list, {
              dimension: "endpoint",
              metric: "frequency",
              k: 9,
              from: minute,
              to: minute + MINUTE,
            });
            expect(frequencies(world, minute)).toEqual(plain);
          }
        },
      ),
    ));

  it("leave memory soon after their end, and once", () =>
    holds(
      fc.property(requests, fc.nat(3 * MINUTE), (list, later) => {
        const world = new World();
        for (const request of list) world.post(request, START + later);
        for (;;) {
          const due = world.reducer.deadline?.(world.state, 0);
          if (due === undefined) break;
          expect(due).toBeGreaterThan(START + later);
          expect(world.tick(due - 1)).toBe(0);
          expect(world.tick(due)).toBe(1);
          expect(world.tick(due)).toBe(0);
          for (const { start } of world.state.leaving)
            expect(due).toBeGreaterThanOrEqual(start + MINUTE + CLOSE_AFTER_MS);
        }
        expect([world.state.minutes.size, world.state.cells]).toEqual([0, 0]);
      }),
    ));

  it("leave early when too much is open", () => {
    const world = new World(50);
    for (let i = 0; i < 500; i++) {
      world.post(logged({ request_id: `${i}`, timestamp: START, endpoint: `/p${i}x`, status_code: 200 }), START);
      expect(world.state.cells).toBeLessThan(50 + 10);
    }
    expect(frequencies(world, START).length).toBe(100);
    expect(world.closed.get(START)?.endpoint.groups.size).toBeGreaterThan(400);
  });

  it("are closed by entries of a bounded size", () => {
    const world = new World();
    for (let i = 0; i < CLOSED_MAX + 1; i++) {
      world.post(logged({ request_id: `${i}`, timestamp: START - i * MINUTE, endpoint: "/", status_code: 200 }), START);
    }
    expect(world.tick(START + 10 * MINUTE)).toBe(2);
    expect(world.closed.size).toBe(CLOSED_MAX + 1);
  });

  it("weigh the same after a checkpoint", () =>
    holds(
      fc.property(requests, (list) => {
        const world = new World();
        for (const request of list) world.post(request, START);
        const before = { cells: world.state.cells, due: world.state.due };
        world.rebuild();
        expect({ cells: world.state.cells, due: world.state.due }).toEqual(before);
        expect([...world.state.minutes.values()].reduce((sum, { facets }) => sum + sizeOf(facets) + 8, 0)).toBe(
          before.cells,
        );
      }),
    ));
});

describe("days of requests", () => {
  const output = requestParts("RequestIntake/s/0", () => []);
  const partsOf = (list: LoggedRequest[]): DayPart[] =>
    list.flatMap((data, i) => {
      const entry = { stream: "s/0", epoch: "e", seq: i + 1, at: START, type: "request" as const, data };
      return output.parts(entry) as DayPart[];
    });
  const sorted = (parts: DayPart[]) => parts.toSorted((a, b) => a.day - b.day);

  it("join to the same whatever the order and the grouping, and to the plain count", () =>
    holds(
      fc.property(requests, fc.nat(60), fc.constantFrom(0, 0, 86_400_000), (list, cut, shift) => {
        const moved = list.map((r, i) => (i % 3 === 0 ? { ...r, timestamp: r.timestamp - shift } : r));
        const parts = partsOf(moved);
        const whole = sorted(joinDays(parts));
        const grouped = joinDays([...joinDays(parts.slice(cut).toReversed()), ...joinDays(parts.slice(0, cut))]);
        expect(sorted(grouped)).toEqual(whole);
        for (const part of whole) {
          const mine = moved.filter((r) => bucketStart(r.timestamp, "day") === part.day);
          expect([part.count, part.bytes]).toEqual([mine.length, plainFigure(mine, "bytes")]);
          expect(part.us / part.timed / 1_000).toBe(plainFigure(mine, "latency"));
          expect(part.errors).toBe(mine.filter((r) => r.status_code >= 500).length);
          expect(Object.values(part.bins).reduce((a, b) => a + b, 0)).toBe(part.timed);
        }
      }),
    ));

  it("say nothing of the clock's entries", () => {
    const data = { minutes: [START] };
    expect(output.parts({ stream: "s/0", epoch: "e", seq: 1, at: START, type: "closed", data })).toEqual([]);
  });
});

describe("cells of closed minutes", () => {
  it("have every request once, the most frequent endpoints by name", () =>
    holds(
      fc.property(requests, fc.nat(400), (some, rare) => {
        const list = [...some, ...Array.from({ length: rare }, (_, i) => page(`/rare-${i}x`))];
        const facets = emptyFacets();
        for (const request of list) addToFacets(facets, request);
        const cells = closedCells({ start: START, due: 0, facets });
        const sum = (of: (cell: CellPart) => number) => cells.reduce((total, cell) => total + of(cell), 0);
        expect(sum(({ requests: n }) => n)).toBe(list.length);
        expect(sum(({ errors }) => errors)).toBe(list.filter((r) => r.status_code >= 500).length);
        expect(sum(({ latency_ms }) => latency_ms)).toBeCloseTo(
          list.reduce((total, r) => total + (r.latency_ms ?? 0), 0),
          6,
        );
        const counts = Map.groupBy(list, ({ route, status_code }) => `${route} ${status_code}`);
        const named = cells.filter(({ endpoint }) => endpoint !== OTHER_ENDPOINTS);
        expect(named.length).toBe(Math.min(250, counts.size));
        for (const { endpoint, status, requests: n } of named) {
          expect(counts.get(`${endpoint} ${status}`)).toHaveLength(n);
          counts.delete(`${endpoint} ${status}`);
        }
        const least = Math.min(...named.map(({ requests: n }) => n));
        for (const left of counts.values()) expect(left.length).toBeLessThanOrEqual(least);
      }),
    ));

  it("are as many where hundreds of minutes close at once", () => {
    const minutes = Array.from({ length: 120 }, (_, i) => {
      const facets = emptyFacets();
      for (let k = 0; k < 20; k++) addToFacets(facets, page(`/page-${k}x`));
      return { start: START + i * MINUTE, due: 0, facets };
    });
    const data = { minutes: minutes.map(({ start }) => start) };
    const entry = { stream: "s/0", epoch: "e", seq: 1, at: START, type: "closed" as const, data };
    const cells = requestParts("RequestIntake/s/0", () => minutes).parts(entry) as CellPart[];
    expect(cells).toHaveLength(120 * 20);
    expect(cells.filter(({ endpoint }) => endpoint === OTHER_ENDPOINTS)).toEqual([]);
  });
});
