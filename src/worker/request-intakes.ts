/* The door of RequestIntake objects: one call to one of them, or the same question to all. D1's registry has a new object
 * within about a second; those that this isolate has posted to are asked as well. */
import type { LedgerName } from "../domain/ledger/classes";
import type { Result } from "../domain/result";
import type { RequestIntake } from "../durable-objects/request-intake";
import { objectsOf } from "../storage/queries/registry";
import { askEach, type EachAnswer } from "./ask-each";
import { BoundedCache } from "./bounded-cache";
import { callObject, type Unreachable } from "./call-object";
import { remembered } from "./remembered";

export const REQUEST_INTAKE = "RequestIntake" satisfies LedgerName["class"];

/** The RPC of a RequestIntake as the class has it: the platform's own type of a stub changes what it cannot see through. */
export type RequestDoor = Pick<
  RequestIntake,
  "appendJson" | "summary" | "ranking" | "timeline" | "days" | "search" | "retain"
>;

export function callRequestIntake<T>(
  env: Env,
  name: string,
  call: (intake: RequestDoor) => Promise<T>,
): Promise<Result<T, Unreachable>> {
  return callObject(() => env.REQUEST_INTAKE.getByName(name) as unknown as RequestDoor, call);
}

/** A list of the registry is good for so long: new objects are in it within a second all the same. */
const LIST_MS = 500;
const POSTED = { max: 2_000, ttlMs: 60_000 };

const knownOf = remembered(() => ({
  /** Names, never the promise of them: it would be lost with the request that asked first. */
  listed: new BoundedCache<string[]>(1, LIST_MS),
  posted: new BoundedCache<true>(POSTED.max, POSTED.ttlMs),
}));

/** This isolate has stored something there. */
export function notePosted(env: Env, name: string, now: number): void {
  const { posted } = knownOf(env);
  // Half its time is left at least; setting it anew for every request would be work for nothing.
  if (posted.get(name, now + POSTED.ttlMs / 2) === undefined) posted.set(name, true, now);
}

/** Names of all objects that have counted a request. */
export async function requestIntakes(env: Env, now: number): Promise<string[]> {
  const { listed, posted } = knownOf(env);
  let names = listed.get(REQUEST_INTAKE, now);
  if (names === undefined) {
    names = await objectsOf(env.DB, REQUEST_INTAKE);
    listed.set(REQUEST_INTAKE, names, now);
  }
  return [...new Set([...names, ...[...posted.live(now)].map(([name]) => name)])];
}

/** Asks all of them the same at once. */
export async function askIntakes<T>(
  env: Env,
  now: number,
  ask: (intake: RequestDoor, name: string) => Promise<T>,
): Promise<EachAnswer<T>> {
  const names = await requestIntakes(env, now);
  return askEach(names, (name) => callRequestIntake(env, name, (intake) => ask(intake, name)));
}
