/* The node of a test: one for each, by its own name, with a clock that stands, alarms by hand, evictions and deploys. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach } from "vitest";
import {
  alarmOf,
  door,
  eventsOf,
  framesOf,
  monitor,
  secondsOf,
  startClock,
  statusOf,
  stopClock,
  timeIs,
} from "../node-world";

export let node: string;
let number = 0;

/** Each test of the file has a node of its own. */
export function eachHasANode(): void {
  beforeEach(() => {
    node = `node-${number++}`;
    stopClock();
  });
  afterEach(startClock);
}

export const hibernate = () => evictDurableObject(monitor(node), { webSockets: "hibernate" });
/** No handler of a close runs. */
export const deploy = () => evictDurableObject(monitor(node), { webSockets: "close" });
export async function ringAt(seconds: number): Promise<void> {
  timeIs(seconds);
  await runDurableObjectAlarm(monitor(node));
}
/** When the alarm is set for, in seconds. */
export const alarmAt = async () => secondsOf(await alarmOf(node));
export const status = async () => (await statusOf(node))?.status;
export const last = async () => (await framesOf(node)).at(-1);
/** What was said after it was first heard. */
export const told = async () => (await eventsOf(node)).slice(2);
/** The outbox and the topic have had their turn: what the alarm is set for afterwards is the node's. */
export async function settle(): Promise<void> {
  await ringAt(2);
  await door(node).confirm("nodes", await cursorOf(), false);
  await ringAt(2);
}
export const cursorOf = async () => {
  const { epoch, head } = await door(node).audit([]);
  return { epoch, pos: head };
};
