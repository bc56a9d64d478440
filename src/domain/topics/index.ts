/* The broadcast topics. A new one is a line here. */
import { ALERTS_TOPIC } from "../alerts/alert";
import { NODES_TOPIC } from "../nodes/node";
import { alerts } from "./alerts";
import { nodes } from "./nodes";
import { symbols } from "./symbols";
import { type Current, SYMBOLS_TOPIC } from "./topic";

const TOPICS: Readonly<Record<string, Current<unknown>>> = {
  [SYMBOLS_TOPIC]: symbols,
  [ALERTS_TOPIC]: alerts,
  [NODES_TOPIC]: nodes,
};

/** What is current on a topic; throws where there is none of that name. */
export function currentOf(name: string): Current<unknown> {
  const current = TOPICS[name];
  if (current === undefined) throw new Error(`There is no topic ${name}`);
  return current;
}
