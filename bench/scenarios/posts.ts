/* Durable single posts: what a source waits for, and how many sources can be served. */
import type { Server } from "../../test/e2e/server.ts";
import { measure } from "../rounds.ts";
import type { Aim, Context, Figure, Outcome, Scenario } from "../scenario.ts";
import { withProduct } from "../servers.ts";
import { type Posting, postWithWrk } from "../wrk.ts";

const CONNECTIONS = 64;
const SYMBOLS = 50;
const ONE_SYMBOL: Aim = { of: "share", bound: "at least", value: 0.08 };
const ONE_OBJECT: Aim = { of: "share", bound: "at least", value: 0.25 };

interface Variant {
  what: string;
  connections: number;
  symbols: number;
  aims?: Aim[];
}

async function measurePosts(context: Context, server: Server, variant: Variant): Promise<Figure> {
  const { what, connections, symbols, aims } = variant;
  const seconds = context.quick ? 1 : 5;
  const posting: Posting = { connections, symbols, seconds, key: server.key, ticksPerRequest: 1 };
  // The first requests of an object create its tables, and the runtime has yet to compile what is hot.
  await postWithWrk(server.url, { ...posting, seconds: context.quick ? 1 : 2 });
  const round = async () => {
    const { requestsPerSecond, failed, p50Ms, p99Ms } = await postWithWrk(server.url, posting);
    return { value: requestsPerSecond, more: { "p50 ms": p50Ms, "p99 ms": p99Ms, failed } };
  };
  return measure(context, { what, unit: "posts/s", round, ...(aims ? { aims } : {}) });
}

const PER_SYMBOL: Variant[] = [
  { what: "One object per symbol, one symbol", connections: CONNECTIONS, symbols: 1 },
  { what: "One object per symbol, 50 symbols", connections: CONNECTIONS, symbols: SYMBOLS, aims: [ONE_SYMBOL] },
  { what: "One caller, one symbol", connections: 1, symbols: 1 },
];

const ONE_PARTITION: Variant[] = [
  {
    what: "One object for all (PRICE_PARTITIONS=1), 50 symbols",
    connections: 64,
    symbols: SYMBOLS,
    aims: [ONE_OBJECT],
  },
];

async function run(context: Context): Promise<Outcome> {
  const figures: Figure[] = [];
  const measureAll = (variants: Variant[]) => async (server: Server) => {
    for (const variant of variants) figures.push(await measurePosts(context, server, variant));
  };
  await withProduct({}, measureAll(PER_SYMBOL));
  await withProduct({ PRICE_PARTITIONS: "1" }, measureAll(ONE_PARTITION));
  return { figures };
}

export const posts: Scenario = { name: "posts", title: "Durable single posts, closed loop", run };
