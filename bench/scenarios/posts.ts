/* Durable single posts: what a source waits for, and how many sources can be served. */
import type { Aim, Context, Outcome, Scenario } from "../scenario.ts";
import { type DurableLoad, measureDurable } from "./durable.ts";

const CONNECTIONS = 64;
const SYMBOLS = 50;
const ONE_SYMBOL: Aim = { of: "share", bound: "at least", value: 0.08 };
const ONE_OBJECT: Aim = { of: "share", bound: "at least", value: 0.25 };

const single = (what: string, connections: number, symbols: number, ...aims: Aim[]): DurableLoad => ({
  what,
  connections,
  symbols,
  ticksPerRequest: 1,
  aims,
});

const PER_SYMBOL = [
  single("One object per symbol, one symbol", CONNECTIONS, 1),
  single("One object per symbol, 50 symbols", CONNECTIONS, SYMBOLS, ONE_SYMBOL),
  single("One caller, one symbol", 1, 1),
];
const ONE_PARTITION = [single("One object for all (PRICE_PARTITIONS=1), 50 symbols", CONNECTIONS, SYMBOLS, ONE_OBJECT)];

async function run(context: Context): Promise<Outcome> {
  const perSymbol = await measureDurable(context, "", PER_SYMBOL);
  return { figures: [...perSymbol, ...(await measureDurable(context, "1", ONE_PARTITION))] };
}

export const posts: Scenario = { name: "posts", title: "Durable single posts, closed loop", run };
