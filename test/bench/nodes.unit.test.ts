/* The benchmark of nodes judges by what was sent and what was heard: right ones pass, and each kind of mistake is found. */
import { describe, expect, it } from "vitest";
import type { NodeLog, Role } from "../../bench/load/node-agent";
import type { Heard } from "../../bench/load/node-crowd";
import { EVENTS, fleetOf, verdictsOf } from "../../bench/node-verdicts";

const logOf = (role: Role, more: Partial<NodeLog> = {}): NodeLog => ({
  node: role,
  role,
  lateMs: 0,
  faults: [],
  ...more,
});
const heard = (node: string, event: string, heardMs: number): Heard => ({ node, event, saidMs: heardMs - 1, heardMs });

const RULES = { downAfterMs: 6_000, isShared: false };

/** Everything that is due of a node, the first after `ms`, a second apart. */
const allOf = (role: Role, ms: number): Heard[] => EVENTS[role].map((event, i) => heard(role, event, ms + i * 1_000));

describe("verdicts", () => {
  it("are right where exactly what is due was said", () => {
    const logs = [logOf("healthy"), logOf("killed", { lastMs: 0, backMs: 6_700 }), logOf("stopped", { lastMs: 50 })];
    const said = [
      ...allOf("healthy", 0),
      heard("healthy", "link", 1),
      ...allOf("killed", 5_250),
      ...allOf("stopped", 90),
    ];
    const { wrong, falseDown, downMs, backMs, times } = verdictsOf(logs, said, RULES);
    expect({ wrong, falseDown }).toEqual({ wrong: [], falseDown: 0 });
    expect(downMs).toMatchObject({ count: 1, p99: 250 });
    expect(backMs).toMatchObject({ count: 1, p99: 550 });
    const killed = times.find(({ role }) => role === "killed");
    expect(killed).toMatchObject({ nodes: 1, right: 1, firstMs: { p50: 5_250 }, lastMs: { p50: 6_250 } });
  });

  it("find a healthy node that was called down, and count it as such", () => {
    const said = [...allOf("healthy", 0), heard("healthy", "suspect", 1), heard("healthy", "down", 2)];
    const { wrong, falseDown } = verdictsOf([logOf("healthy")], said, RULES);
    expect(falseDown).toBe(1);
    expect(wrong).toEqual(["healthy: healthy: suspect, down instead of nothing"]);
  });

  it.each([
    ["was never missed", []],
    ["came back twice", ["suspect", "down", "recovered", "recovered"]],
    ["was down before it was suspect", ["down", "suspect", "recovered"]],
  ])("find a killed node that %s", (_, events) => {
    const said = events.map((event, i) => heard("killed", event, 6_000 + i));
    const { wrong, times } = verdictsOf([logOf("killed", { lastMs: 0, backMs: 1 })], said, RULES);
    expect(wrong).toHaveLength(1);
    expect(times.find(({ role }) => role === "killed")).toMatchObject({ nodes: 1, right: 0 });
  });

  it("let a node that shares its object be down at once, and nobody else", () => {
    const logs = [logOf("cut off", { lastMs: 0, backMs: 7_000 })];
    const events = ["down", "recovered"];
    const said = events.map((event, i) => heard("cut off", event, 6_000 + i));
    expect(verdictsOf(logs, said, { ...RULES, isShared: true })).toMatchObject({ wrong: [], atOnce: 1 });
    expect(verdictsOf(logs, said, RULES).wrong).toHaveLength(1);
  });

  it("count a session that ended by itself as a fault", () => {
    const { wrong } = verdictsOf([logOf("slow", { faults: ["closed with 1006"] })], allOf("slow", 0), RULES);
    expect(wrong).toEqual(["slow: closed with 1006"]);
  });
});

it("a fleet has as many of each role as asked, and is healthy otherwise", () => {
  const fleet = fleetOf(10, { killed: 2, away: 3 });
  expect(new Set(fleet.map(({ node }) => node)).size).toBe(10);
  const count = (role: Role) => fleet.filter((one) => one.role === role).length;
  expect([count("killed"), count("away"), count("healthy"), count("slow")]).toEqual([2, 3, 5, 0]);
});
