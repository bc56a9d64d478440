/* The paths whose cost is stated, as traffic over some simulated time. */
import type { PriceInput } from "../../src/domain/prices/price";
import { type Counts, difference } from "../cost.ts";
import { PriceInstallation } from "./prices";

/** Not at the beginning of a minute: an outbox that leaves after 60 s then carries parts of two minutes, as it usually does. */
const START = Date.parse("2026-11-21T10:00:17.250Z");
const MINUTE = 60_000;
const SECOND = 1_000;
/** What happens once per symbol, and the first minutes of a log, are over by then. */
const WARM_UP_MINUTES = 2;

export interface Model {
  what: string;
  symbols: number;
  ticksPerRequest: number;
  requestsPerSecond: number;
  partitions?: number;
  /** Long enough for what is rare: rows are recycled after 15 minutes, a checkpoint is written every 4,096 rows. */
  minutes: number;
}

export const MODELS: Model[] = [
  { what: "Single ticks, one symbol, 1/s", symbols: 1, ticksPerRequest: 1, requestsPerSecond: 1, minutes: 150 },
  { what: "Single ticks, one symbol, 100/s", symbols: 1, ticksPerRequest: 1, requestsPerSecond: 100, minutes: 20 },
  {
    what: "100 ticks a second in one request over 50 symbols, one object per symbol",
    symbols: 50,
    ticksPerRequest: 100,
    requestsPerSecond: 1,
    minutes: 20,
  },
  {
    what: "The same with PRICE_PARTITIONS=4",
    symbols: 50,
    ticksPerRequest: 100,
    requestsPerSecond: 1,
    partitions: 4,
    minutes: 80,
  },
];

export interface Counted {
  counts: Counts;
  objects: number;
  /** Simulated minutes that are counted. */
  minutes: number;
}

const priceOf = (symbol: number, at: number, i: number): PriceInput => ({
  symbol: `COST${symbol}`,
  price: 100 + symbol + (i % 100) / 100,
  volume: 1 + (i % 7),
  timestamp: at,
});

async function run(installation: PriceInstallation, model: Model, minutes: number): Promise<void> {
  const { symbols, ticksPerRequest, requestsPerSecond } = model;
  const requests = minutes * 60 * requestsPerSecond;
  for (let i = 0; i < requests; i++) {
    const { now } = installation;
    const ticks = Array.from({ length: ticksPerRequest }, (_, k) => priceOf((i + k) % symbols, now, i + k));
    await installation.post(ticks);
    await installation.advance(SECOND / requestsPerSecond);
  }
}

/** Drives the model and counts. Throws when a tick did not arrive in D1: then the count would be of something broken. */
export async function count(model: Model): Promise<Counted> {
  const installation = new PriceInstallation(START, model.partitions);
  await run(installation, model, WARM_UP_MINUTES);
  const before = installation.counts;
  await run(installation, model, model.minutes);
  const counts = difference(installation.counts, before);
  await installation.advance(5 * MINUTE);
  const posted = installation.counts.events;
  if (installation.rolledUp !== posted)
    throw new Error(`${posted} ticks were posted, D1 has ${installation.rolledUp}.`);
  return { counts, objects: installation.objects, minutes: model.minutes };
}
