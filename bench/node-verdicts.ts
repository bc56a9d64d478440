/* What was said of simulated nodes against what became of them: the right events of each, and how long they took. Pure. */
import { type NodeLog, ROLES, type Role } from "./load/node-agent.ts";
import type { Heard } from "./load/node-crowd.ts";
import { type Spread, spreadOf } from "./statistics.ts";

/** What must be said of a node once things happen, all of it and nothing else. A slow one gives no reason to say anything. */
export const EVENTS: Record<Role, string[]> = {
  healthy: [],
  slow: [],
  killed: ["suspect", "down", "recovered"],
  "cut off": ["suspect", "down", "recovered"],
  stopped: ["stopped"],
  restarted: ["restarted"],
  away: ["suspect", "resumed"],
};

/** How each must stand while those who went are gone. */
export const STATUS: Record<Role, string> = {
  healthy: "up",
  slow: "up",
  killed: "down",
  "cut off": "down",
  stopped: "stopped",
  restarted: "up",
  away: "up",
};

/** Nodes, the first of them with these roles. A node's object follows from its name alone, so objects share every kind.
 * @param counts how many of each; the rest is healthy */
export function fleetOf(size: number, counts: Partial<Record<Role, number>>): { node: string; role: Role }[] {
  const roles = ROLES.flatMap((role) => Array<Role>(counts[role] ?? 0).fill(role));
  return Array.from({ length: size }, (_, i) => ({ node: `bench-${i + 1}`, role: roles[i] ?? "healthy" }));
}

export interface Verdicts {
  /** What is wrong, a line a node. */
  wrong: string[];
  /** Nodes that were called down and were not. */
  falseDown: number;
  /** Nodes that were called down without having been suspect, where that may be. */
  atOnce: number;
  /** From the moment when it had been silent for long enough to the frame that says so. */
  downMs: Spread;
  /** From its first sign of life to the frame that says it is back. */
  backMs: Spread;
  /** From the last beat (the first one, for a restart) to the first thing that is said, and to the last. */
  times: { role: Role; nodes: number; right: number; events: string; firstMs: Spread; lastMs: Spread }[];
}

export interface Rules {
  /** The silence that is a failure. */
  downAfterMs: number;
  /** Whether nodes share objects: those are called suspect on a grid, which may reach to the moment when they are down. */
  isShared: boolean;
}

export function verdictsOf(logs: NodeLog[], heard: Heard[], { downAfterMs, isShared }: Rules): Verdicts {
  const saidOf = Map.groupBy(
    heard.filter(({ event }) => event !== "link"),
    ({ node }) => node,
  );
  const told = logs.map((log) => ({ log, said: saidOf.get(log.node) ?? [] }));
  const wrong = logs.flatMap((log) => faultsOf(log, saidOf.get(log.node) ?? [], isShared));
  const isWrong = new Set(wrong.map(({ node }) => node));
  const after = (event: string, from: (log: NodeLog) => number) =>
    told.flatMap(({ log, said }) =>
      said.filter((one) => one.event === event).map(({ heardMs }) => heardMs - from(log)),
    );
  return {
    wrong: wrong.map(({ node, text }) => `${node}: ${text}`),
    falseDown: told.filter(({ log, said }) => !EVENTS[log.role].includes("down") && said.some(isDown)).length,
    atOnce: told.filter(({ said }) => said[0] !== undefined && isDown(said[0])).length,
    downMs: spreadOf(after("down", ({ lastMs = Number.NaN }) => lastMs + downAfterMs)),
    backMs: spreadOf([...after("recovered", backOf), ...after("resumed", backOf), ...after("restarted", backOf)]),
    times: ROLES.map((role) => {
      const some = told.filter(({ log }) => log.role === role);
      const from = (log: NodeLog) => (role === "restarted" ? backOf(log) : (log.lastMs ?? Number.NaN));
      const away = (said: Heard[]) => said.filter(({ event }) => event !== "recovered" && event !== "resumed");
      const timesOf = (at: number) =>
        spreadOf(some.flatMap(({ log, said }) => (away(said).at(at)?.heardMs ?? Number.NaN) - from(log)));
      const right = some.filter(({ log }) => !isWrong.has(log.node)).length;
      const events = EVENTS[role].join(", ") || "nothing";
      return { role, nodes: some.length, right, events, firstMs: timesOf(0), lastMs: timesOf(-1) };
    }),
  };
}

const isDown = ({ event }: Heard): boolean => event === "down";
const backOf = ({ backMs = Number.NaN }: NodeLog): number => backMs;

function faultsOf({ node, role, faults }: NodeLog, said: Heard[], isShared: boolean): { node: string; text: string }[] {
  const expected = EVENTS[role].join(", ");
  const allowed = isShared ? [expected, expected.replace("suspect, down", "down")] : [expected];
  const events = said.map(({ event }) => event).join(", ");
  const texts = [
    ...faults,
    ...(allowed.includes(events) ? [] : [`${role}: ${events || "nothing"} instead of ${expected || "nothing"}`]),
  ];
  return texts.map((text) => ({ node, text }));
}
