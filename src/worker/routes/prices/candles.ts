/* GET /prices/{symbol}/candles: what is rolled up in D1, completed by what the owner has not sent yet. */
import * as z from "zod";
import { bucketEnd, bucketStart, RESOLUTION_NAMES, RESOLUTIONS, type Resolution } from "../../../domain/bucket";
import { AppError } from "../../../domain/error";
import { Candles } from "../../../domain/prices/answers";
import { seriesOf } from "../../../domain/prices/series";
import { isoOf } from "../../../domain/time";
import { candlesAt } from "../../../storage/queries/prices";
import { callFeed, feedName, PRICE_FEED_CLASS } from "../../feeds";
import { requireSymbols } from "../../middleware/scope";
import { badParameter, route, TimeText } from "../../route";
import { SymbolParam } from "./current";

const MAX_CANDLES = 5_000;
/** Tries to read D1 and the object at one moment. */
const READS = 3;
const DEFAULT_CANDLES = 500;

const Query = z.object({
  resolution: z.enum(RESOLUTION_NAMES).default("minute"),
  from: TimeText.optional().describe("First bucket, by the time it holds; default: 500 buckets before `to`"),
  to: TimeText.optional().describe(
    "Exclusive; default: now, the unfinished bucket included; of recorded prices, whose clock lies before all that, their now",
  ),
  fields: z.enum(["window"]).optional().describe("`window` adds the window figures at each minute's close"),
});

export const candles = route(
  {
    method: "GET",
    path: "/:symbol/candles",
    summary: "Minute, hour or day candles",
    detail:
      "UTC buckets labelled by their start, empty ones omitted, the unfinished one with `partial: true`. At most 5,000 buckets.",
    params: SymbolParam,
    query: Query,
    answers: { 200: { description: "Candles in order of time", schema: Candles } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { symbol }, query }) => {
    requireSymbols(c, [symbol]);
    const now = Date.now();
    const { resolution } = query;
    const name = feedName(c.env, symbol);
    const read = (from: number, to: number) =>
      readBoth(c.env, name, {
        object: `${PRICE_FEED_CLASS}/${name}`,
        purpose: "candles",
        symbol,
        resolution,
        from,
        to,
      });
    let { from, to } = range(resolution, query.from, query.to, now);
    let { stored, live } = await read(from, to);
    const clock = live.ok ? live.value?.clock : undefined;
    // Recorded prices: nothing of them can be within the range that ends now, and no other was asked for.
    if (query.from === undefined && query.to === undefined && clock !== undefined && clock < from) {
      ({ from, to } = range(resolution, undefined, undefined, clock));
      ({ stored, live } = await read(from, to));
    }
    if (live.ok && live.value === null) throw new AppError("not_found", `No price of ${symbol} is known.`);
    const known = live.ok && live.value !== null ? live.value : { parts: [], clock: now };
    const series = { resolution, from, to, clock: known.clock, withWindow: query.fields === "window" };
    const rows = seriesOf(series, stored.rows, known.parts ?? []);
    if (live.ok) return c.json({ symbol, resolution, as_of: isoOf(now), candles: rows });
    return c.json({ symbol, resolution, as_of: isoOf(stored.updatedAt ?? now), stale: true, candles: rows });
  },
);

/** D1 and what the object has beyond it. When D1 went on in between, it is read again. */
async function readBoth(env: Env, name: string, of: Parameters<typeof candlesAt>[1]) {
  for (let attempt = 1; ; attempt++) {
    const stored = await candlesAt(env.DB, of);
    const live = await callFeed(env, name, (feed) => feed.candles(of.symbol, stored.cursor, of.from, of.to));
    const isBehind = live.ok && live.value !== null && live.value.parts === null;
    if (!isBehind) return { stored, live };
    if (attempt === READS)
      throw new AppError("unavailable", "The candles changed faster than they could be read. Try again.");
  }
}

/** Whole buckets, half-open. */
function range(resolution: Resolution, from: number | undefined, to: number | undefined, now: number) {
  const width = RESOLUTIONS[resolution];
  const end = to === undefined ? bucketEnd(bucketStart(now, resolution), resolution) : Math.ceil(to / width) * width;
  const start = from === undefined ? end - DEFAULT_CANDLES * width : bucketStart(from, resolution);
  if (start >= end) throw badParameter("from", "must lie before `to`");
  if ((end - start) / width > MAX_CANDLES) {
    throw badParameter("from", `leaves more than ${MAX_CANDLES} buckets; ask in parts`);
  }
  return { from: start, to: end };
}
