/* The door of NodeMonitor objects: which one owns a node, and one call per object. */
import { AppError } from "../domain/error";
import type { SignalAnswer } from "../domain/nodes/answers";
import { partitionOf } from "../domain/partition";
import type { Result } from "../domain/result";
import { settingsOf } from "../domain/settings";
import type { Answers, NodeMonitor, NodeSignal } from "../durable-objects/node-monitor";
import { callObject, type Unreachable } from "./call-object";

/** The RPC of a NodeMonitor as the class has it: the platform's own type of a stub turns tuples into arrays. */
export type MonitorDoor = Pick<NodeMonitor, "beat" | "configure" | "measure" | "remove" | "status">;

export const monitorName = (env: Env, node: string): string => partitionOf(node, settingsOf(env).NODE_PARTITIONS);

export function callMonitor<T>(
  env: Env,
  node: string,
  call: (monitor: MonitorDoor) => Promise<T>,
): Promise<Result<T, Unreachable>> {
  return callObject(() => env.NODE_MONITOR.getByName(monitorName(env, node)) as unknown as MonitorDoor, call);
}

/** What the monitor answered; throws its refusal, or that it cannot be reached. */
export async function askMonitor<T>(
  env: Env,
  node: string,
  call: (monitor: MonitorDoor) => Promise<Answers<T>>,
): Promise<T[]> {
  const called = await callMonitor(env, node, call);
  if (!called.ok) throw new AppError(called.error.code, called.error.detail);
  if (!called.value.ok) throw new AppError(called.value.code, called.value.detail);
  return called.value.answers;
}

/** Signals of many nodes, one call per object, answered in the order given. */
export async function signal(env: Env, signals: NodeSignal[]): Promise<SignalAnswer[]> {
  const byOwner = Map.groupBy(signals.keys(), (i) => monitorName(env, (signals[i] as NodeSignal).node));
  const answers = new Array<SignalAnswer>(signals.length);
  const ask = async (indexes: number[]) => {
    const own = indexes.map((i) => signals[i] as NodeSignal);
    const answered = await askMonitor(env, (own[0] as NodeSignal).node, (monitor) => monitor.beat(own));
    indexes.forEach((index, i) => {
      answers[index] = answered[i] as SignalAnswer;
    });
  };
  await Promise.all([...byOwner.values()].map(ask));
  return answers;
}
