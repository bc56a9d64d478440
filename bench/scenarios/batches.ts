/* Durable batches: 100 ticks per request, spread over 50 symbols, so that every request touches every object. */
import type { Context, Outcome, Scenario } from "../scenario.ts";
import { type DurableLoad, measureDurable } from "./durable.ts";

const batch = (what: string, ticksPerSecond: number): DurableLoad => ({
  what,
  connections: 16,
  symbols: 50,
  ticksPerRequest: 100,
  aims: [{ of: "value", bound: "at least", value: ticksPerSecond }],
});

async function run(context: Context): Promise<Outcome> {
  const perSymbol = await measureDurable(context, "", [batch("One object per symbol", 10_000)]);
  return { figures: [...perSymbol, ...(await measureDurable(context, "4", [batch("PRICE_PARTITIONS=4", 150_000)]))] };
}

export const batches: Scenario = { name: "batches", title: "100 ticks per request over 50 symbols, closed loop", run };
