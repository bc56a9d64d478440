/* What a monitor makes of beats and silence, whatever happens to it meanwhile. */
import { describe, expect, it } from "vitest";
import type { NodeConfigInput } from "../../../src/domain/nodes/node";
import { fc, holds } from "../../property";
import { START, World } from "./world";

const RUNS = { numRuns: 400 };

type Step =
  | { do: "pass"; seconds: number; late: number }
  | { do: "beat" | "open" | "socketBeat" | "close" | "stop" | "fail" }
  | { do: "deploy"; from: "log" | "checkpoint" };

const pass = fc.record({
  do: fc.constant("pass" as const),
  seconds: fc.integer({ min: 0, max: 90 }),
  late: fc.constantFrom(0, 0, 0, 1, 45, 200),
});
const deploy = fc.record({
  do: fc.constant("deploy" as const),
  from: fc.constantFrom("log" as const, "checkpoint" as const),
});
const stepsOf = (...what: ("beat" | "open" | "socketBeat" | "close" | "stop" | "fail")[]) =>
  fc.array(
    fc.oneof(
      { arbitrary: pass, weight: 4 },
      { arbitrary: fc.record({ do: fc.constantFrom(...what) }), weight: 6 },
      { arbitrary: deploy, weight: 1 },
    ),
    { maxLength: 40 },
  );

const punctual = fc.oneof(
  fc.record({ do: fc.constant("pass" as const), seconds: fc.integer({ min: 0, max: 90 }), late: fc.constant(0) }),
  fc.record({ do: fc.constantFrom("beat" as const, "open" as const, "socketBeat" as const, "close" as const) }),
);

const thresholds = fc
  .record({
    suspect_after_s: fc.integer({ min: 1, max: 60 }),
    more: fc.integer({ min: 0, max: 60 }),
    reconnect_grace_s: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ more, ...input }): NodeConfigInput => ({ ...input, down_after_s: input.suspect_after_s + more }));

function take(world: World, step: Step): void {
  if (step.do === "pass") world.pass(step.seconds, step.late);
  else if (step.do === "deploy") world.deploy(step.from);
  else world[step.do]();
}

describe("A monitor", () => {
  it("never calls a node down that was heard within down_after_s, however late its alarm", () =>
    holds(
      fc.property(
        thresholds,
        fc.boolean(),
        stepsOf("beat", "open", "socketBeat", "close"),
        (input, isShared, steps) => {
          const world = new World(isShared);
          world.configure(input);
          for (const step of steps) {
            const before = world.told.length;
            const heardBefore = world.heard.get("n") ?? Number.NEGATIVE_INFINITY;
            take(world, step);
            for (const { event, at } of world.told.slice(before)) {
              if (event !== "down") continue;
              expect(START + at * 1_000 - heardBefore).toBeGreaterThanOrEqual((input.down_after_s ?? 0) * 1_000);
            }
          }
        },
      ),
      RUNS,
    ));

  it("finds every silence", () =>
    holds(
      fc.property(
        thresholds,
        fc.boolean(),
        fc.boolean(),
        stepsOf("beat", "open", "socketBeat", "close"),
        (...given) => {
          const [input, isShared, mayLeave, steps] = given;
          const world = new World(isShared);
          world.configure({ ...input, expected_offline: mayLeave });
          for (const step of steps) take(world, step);
          world.pass(3_600, 7);
          expect(world.status()).toBe(world.heard.has("n") ? (mayLeave ? "stopped" : "down") : "new");
        },
      ),
      RUNS,
    ));

  it("finds a silence to the millisecond when its alarm is on time", () =>
    holds(
      fc.property(thresholds, fc.boolean(), fc.array(punctual, { maxLength: 30 }), (input, isShared, steps) => {
        const world = new World(isShared);
        world.configure(input);
        world.beat();
        for (const step of steps) take(world, step);
        const heard = world.heard.get("n") ?? 0;
        world.pass(3_600);
        expect(world.last()).toMatchObject({ event: "down" });
        const due = (heard - START) / 1_000 + (input.down_after_s ?? 0);
        // What comes in the millisecond of the close is told in the next.
        expect((world.last()?.at ?? 0) - due).toBeLessThanOrEqual(0.001);
        expect(world.last()?.at).toBeGreaterThanOrEqual(due);
      }),
      RUNS,
    ));

  it("finds a node that a deploy cut off and that does not come back, after down_after_s at most twice", () =>
    holds(
      fc.property(thresholds, fc.boolean(), fc.integer({ min: 0, max: 500 }), (input, isShared, beats) => {
        const world = new World(isShared);
        world.configure(input);
        world.open();
        for (let i = 0; i < beats; i++) {
          world.pass(0.9);
          world.socketBeat();
        }
        const at = (world.now - START) / 1_000;
        const before = world.told.length;
        world.deploy();
        world.pass(300);
        const events = world.told.slice(before);
        expect(events.map(({ event }) => event).filter((event) => event === "link")).toHaveLength(1);
        expect(events.at(-1)?.event).toBe("down");
        expect(events.at(-1)?.at).toBeLessThanOrEqual(at + 2 * (input.down_after_s ?? 0));
        expect(events.at(-1)?.at).toBeGreaterThanOrEqual(at + (input.down_after_s ?? 0));
      }),
      RUNS,
    ));

  it("is, rebuilt from its entries or its checkpoint, the one that lived", () =>
    holds(
      fc.property(thresholds, stepsOf("beat", "open", "socketBeat", "close", "stop", "fail"), (input, steps) => {
        const world = new World();
        world.configure(input);
        for (const step of steps) take(world, step);
        const state = JSON.stringify(world.state());
        for (const from of ["log", "checkpoint"] as const) {
          const { streams } = world.rebuilt(from);
          expect(JSON.stringify(streams.get("n")?.state)).toBe(state);
        }
      }),
      RUNS,
    ));

  it("pairs every absence with its end, and says how long it was", () =>
    holds(
      fc.property(thresholds, stepsOf("beat", "open", "socketBeat", "close", "stop", "fail"), (input, steps) => {
        const world = new World();
        world.configure(input);
        for (const step of steps) take(world, step);
        world.pass(1);
        world.beat();
        let away: string | undefined;
        let isDown = false;
        for (const { event, at, data } of world.told) {
          if (event === "suspect") expect(away).toBeUndefined();
          if (event === "down") {
            expect(isDown).toBe(false);
            isDown = true;
          }
          if (event === "suspect" || event === "down") away ??= data.away_since ?? undefined;
          if (event !== "resumed" && event !== "recovered") continue;
          expect(event).toBe(isDown ? "recovered" : "resumed");
          expect(data.downtime_s).toBeCloseTo(at - (Date.parse(away ?? "") - START) / 1_000, 1);
          away = undefined;
          isDown = false;
        }
        expect(away).toBeUndefined();
      }),
      RUNS,
    ));

  it("says nothing twice, and every status as it is", () =>
    holds(
      fc.property(thresholds, stepsOf("beat", "open", "socketBeat", "close", "stop", "fail"), (input, steps) => {
        const world = new World();
        world.configure(input);
        for (const step of steps) take(world, step);
        const before = world.told.length;
        world.ring();
        world.ring();
        const again = world.told.length;
        world.ring();
        expect(world.told.length).toBe(again);
        expect(again - before).toBeLessThanOrEqual(3);
        expect(world.told.at(-1)?.data.status).toBe(world.status());
      }),
      RUNS,
    ));
});

describe("An alarm", () => {
  it("that is shared comes before a failure, so that a suspicion is told first", () => {
    const world = new World(true);
    world.configure({ interval_s: 1 });
    world.pass(1);
    world.beat();
    world.pass(10);
    expect(world.story().slice(-2)).toEqual(["suspect@6", "down@7"]);
  });

  it("is not set anew by beats: with ten in a minute it rings once per suspect_after_s", () => {
    const world = new World();
    world.beat();
    for (let i = 0; i < 360; i++) {
      world.pass(10);
      world.beat();
    }
    expect(world.story().slice(2)).toEqual([]);
    expect(world.rings).toBeLessThanOrEqual(3_600 / 20);
    expect(world.armed).toBeLessThanOrEqual(world.rings + 1);
  });

  it("is shared by many nodes: one look every 30 s, and none is found late", () => {
    const world = new World(true);
    const names = Array.from({ length: 50 }, (_, i) => `n${i}`);
    for (const name of names) {
      world.pass(0.2);
      world.open(name);
    }
    const rings = world.rings;
    for (let i = 0; i < 360; i++) {
      for (const name of names) {
        world.pass(0.2);
        world.socketBeat(name);
      }
    }
    expect(world.rings - rings).toBeLessThanOrEqual(3_600 / 30 + 1);
    const lasts = new Map(world.heard);
    world.pass(120);
    for (const name of names) {
      const down = world.told.find(({ node, event }) => node === name && event === "down");
      expect(down?.at).toBeCloseTo(((lasts.get(name) ?? 0) - START) / 1_000 + 60, 3);
    }
  });
});
