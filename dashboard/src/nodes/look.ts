/* How a node looks at a glance: its status, where up is told apart from up and in trouble. Pure. */
import type { WallNode } from "../../../src/domain/nodes/answers";
import type { NodeStatus } from "../../../src/domain/nodes/node";

export type Look = NodeStatus | "degraded";

/** Worst first. What nobody has to do anything about comes last. */
export const LOOKS: readonly Look[] = [
  "down",
  "suspect",
  "flapping",
  "degraded",
  "new",
  "maintenance",
  "stopped",
  "up",
];

export const LOOK_WORDS: Record<Look, string> = {
  down: "Down",
  suspect: "Suspect",
  flapping: "Flapping",
  degraded: "Degraded",
  new: "New",
  maintenance: "Maintenance",
  stopped: "Stopped",
  up: "Up",
};

export const LOOK_HINTS: Record<Look, string> = {
  down: "Not heard for too long, or it says that it failed.",
  suspect: "Later than it should be; not a failure yet.",
  flapping: "It comes and goes.",
  degraded: "It beats, and says that something is wrong.",
  new: "Registered, and not heard yet.",
  maintenance: "Within a maintenance window: its silence is no failure.",
  stopped: "It said that it stops, or its silence is expected.",
  up: "Its beats arrive in time.",
};

export const rankOf = (look: Look): number => LOOKS.indexOf(look);

export const isStatus = (text: unknown): text is NodeStatus =>
  typeof text === "string" && text !== "degraded" && Object.hasOwn(LOOK_WORDS, text);

export const lookOf = ({ status, health }: Pick<WallNode, "status" | "health">): Look =>
  status === "up" && health !== "ok" ? "degraded" : status;
