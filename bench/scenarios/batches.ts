/* Durable batches: 100 ticks per request, spread over 50 symbols, so that every request touches every object. */
import { measure } from "../rounds.ts";
import type { Aim, Context, Figure, Outcome, Scenario } from "../scenario.ts";
import { withProduct } from "../servers.ts";
import { postWithWrk } from "../wrk.ts";

const TICKS = 100;
const SYMBOLS = 50;
const CONNECTIONS = 16;

interface Variant {
  what: string;
  partitions: string;
  aim: number;
}

const VARIANTS: Variant[] = [
  { what: "One object per symbol", partitions: "", aim: 10_000 },
  { what: "PRICE_PARTITIONS=4", partitions: "4", aim: 150_000 },
];

function measureBatches(context: Context, { what, partitions, aim }: Variant): Promise<Figure> {
  return withProduct({ PRICE_PARTITIONS: partitions }, async ({ url, key }) => {
    const seconds = context.quick ? 1 : 5;
    const posting = { connections: CONNECTIONS, symbols: SYMBOLS, seconds, key, ticksPerRequest: TICKS };
    await postWithWrk(url, { ...posting, seconds: context.quick ? 1 : 2 });
    const aims: Aim[] = [{ of: "value", bound: "at least", value: aim }];
    const round = async () => {
      const { requestsPerSecond, failed, p50Ms, p99Ms } = await postWithWrk(url, posting);
      const more = { "requests/s": requestsPerSecond, "p50 ms": p50Ms, "p99 ms": p99Ms, failed };
      return { value: requestsPerSecond * TICKS, more };
    };
    return measure(context, { what, unit: "ticks/s", aims, round });
  });
}

async function run(context: Context): Promise<Outcome> {
  const figures: Figure[] = [];
  for (const variant of VARIANTS) figures.push(await measureBatches(context, variant));
  return { figures };
}

export const batches: Scenario = { name: "batches", title: "100 ticks per request over 50 symbols, closed loop", run };
