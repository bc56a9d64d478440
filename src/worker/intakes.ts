/* The door of MetricIntake objects: which one has a group of series, and one call per object. And what this isolate has just
 * seen begin: D1's catalogue has it within about two seconds. */
import type { LedgerName } from "../domain/ledger/classes";
import type { Result } from "../domain/result";
import { settingsOf } from "../domain/settings";
import { intakeOf } from "../domain/telemetry/owner";
import type { MetricIntake } from "../durable-objects/metric-intake";
import { BoundedCache } from "./bounded-cache";
import { callObject, type Unreachable } from "./call-object";
import { remembered } from "./remembered";

/** The RPC of a MetricIntake as the class has it: the platform's own type of a stub turns tuples into arrays. */
export type IntakeDoor = Pick<
  MetricIntake,
  "appendJson" | "remove" | "timeline" | "raw" | "lastSeen" | "figures" | "measured" | "usage" | "retain"
>;

export const METRIC_INTAKE = "MetricIntake" satisfies LedgerName["class"];

/** @param source whose samples these are: a key's id, or a pool of nodes */
export const intakeName = (env: Env, source: string, group: string): string =>
  intakeOf(source, group, settingsOf(env).INTAKE_PARTITIONS);

export function callIntake<T>(
  env: Env,
  name: string,
  call: (intake: IntakeDoor) => Promise<T>,
): Promise<Result<T, Unreachable>> {
  return callObject(() => env.METRIC_INTAKE.getByName(name) as unknown as IntakeDoor, call);
}

const NEW_MS = 60_000;
const recentIn = remembered(() => new BoundedCache<Set<string>>(2_000, NEW_MS));

/** Remembers for a minute which objects were sent samples of a name. */
export function noteSamples(env: Env, name: string, object: string, now: number): void {
  const recent = recentIn(env);
  const objects = recent.get(name, now) ?? new Set<string>();
  objects.add(object);
  recent.set(name, objects, now);
}

export const recentObjects = (env: Env, name: string, now: number): ReadonlySet<string> =>
  recentIn(env).get(name, now) ?? new Set();

/** Names that were sent lately, in no order. */
export const recentNames = (env: Env, now: number): string[] => [...recentIn(env).live(now)].map(([name]) => name);

export const forgetName = (env: Env, name: string): void => recentIn(env).delete(name);
