/* The door of AlertArea objects: which one owns a place, and one call per object. */
import { partitionOf } from "../domain/partition";
import type { Result } from "../domain/result";
import { settingsOf } from "../domain/settings";
import type { AlertArea } from "../durable-objects/alert-area";
import { callObject, type Unreachable } from "./call-object";

/** The RPC of an AlertArea as the class has it: the platform's own type of a stub turns tuples into arrays. */
export type AreaDoor = Pick<AlertArea, "append" | "partsAfter" | "startCanary">;

/** @param key of the place (locationKey) */
export const areaName = (env: Env, key: string): string => partitionOf(key, settingsOf(env).AREA_PARTITIONS);

export function callArea<T>(
  env: Env,
  name: string,
  call: (area: AreaDoor) => Promise<T>,
): Promise<Result<T, Unreachable>> {
  return callObject(() => env.ALERT_AREA.getByName(name) as unknown as AreaDoor, call);
}
