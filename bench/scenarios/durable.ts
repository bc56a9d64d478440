/* Durable ticks, closed loop: what `posts` and `batches` have in common. Right after each round the same load goes to a Worker
 * that puts ticks on the disk and does nothing else (hello/scripts.ts): what any order, identity and state can cost at most. */
import { type Measurement, measure, type Round } from "../rounds.ts";
import type { Aim, Context, Figure } from "../scenario.ts";
import { startBare, whileRunning, withProduct } from "../servers.ts";
import { type Posting, postWithWrk } from "../wrk.ts";

export interface DurableLoad extends Omit<Posting, "key" | "seconds"> {
  what: string;
  aims?: Aim[];
}

const SECONDS = { full: 5, quick: 1 };
/** The first requests of an object create its tables, and the runtime has yet to compile what is hot. */
const WARM_UP_SECONDS = { full: 2, quick: 1 };

/** @param partitions what PRICE_PARTITIONS says: empty for one object per symbol */
export function measureDurable(context: Context, partitions: string, loads: DurableLoad[]): Promise<Figure[]> {
  return withProduct({ PRICE_PARTITIONS: partitions }, async (server) => {
    const bare = await startBare("durable", { PARTITIONS: partitions });
    return whileRunning(bare, async () => {
      const figures: Figure[] = [];
      for (const load of loads) figures.push(await measureBeside(context, load, server, bare.url.slice(0, -1)));
      return figures;
    });
  });
}

async function measureBeside(
  context: Context,
  { what, aims, ...load }: DurableLoad,
  { url, key }: { url: string; key: string },
  bareUrl: string,
): Promise<Figure> {
  const length = context.quick ? "quick" : "full";
  const posting: Posting = { ...load, key, seconds: SECONDS[length] };
  for (const each of [url, bareUrl]) await postWithWrk(each, { ...posting, seconds: WARM_UP_SECONDS[length] });
  const perRequest = load.ticksPerRequest;
  const round = async (): Promise<Round> => {
    const { requestsPerSecond, failed, p50Ms, p99Ms } = await postWithWrk(url, posting);
    const bare = await postWithWrk(bareUrl, posting);
    const value = requestsPerSecond * perRequest;
    const bareValue = bare.requestsPerSecond * perRequest;
    const beside = { "bare durable objects": bareValue, "of theirs": value / bareValue };
    return { value, more: { ...beside, "p50 ms": p50Ms, "p99 ms": p99Ms, failed } };
  };
  const unit = perRequest === 1 ? "posts/s" : "ticks/s";
  const measurement: Measurement = { what, unit, round, ...(aims ? { aims } : {}) };
  return measure(context, measurement);
}
