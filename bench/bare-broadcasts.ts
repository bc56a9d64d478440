/* Broadcasts with nothing around them: the same texts to the same number of sockets. What a Node server takes for it is the
 * floor, what one object on the platform takes is the floor for whatever runs there. */
import { setTimeout as pause } from "node:timers/promises";
import { withListeners } from "./alert-run.ts";
import { type Measures, measuresOf } from "./arrivals.ts";
import { postInTime } from "./load/alert-posts.ts";
import { BareBroadcast } from "./load/parent.ts";
import { startBare, whileRunning } from "./servers.ts";

const SETTLES_WITHIN_MS = 30_000;
const POLL_MS = 20;

/** Something that sends texts to whoever is connected, and does nothing else. */
interface Bare {
  url: string;
  /** Resolves with when each text left. */
  send(texts: string[], dueMs: number[]): Promise<number[]>;
}

function broadcast({ url, send }: Bare, sockets: number, texts: string[], dueMs: number[]): Promise<Measures> {
  return withListeners({ url, wire: "plain" }, sockets, async (listeners) => {
    const sentMs = await send(texts, dueMs);
    const deadline = Date.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const { arrivals = [] } = await listeners.ask({ do: "report" });
      // Nothing puts its texts in order but the way they take: they are only counted.
      const complete = arrivals.filter((arrival) => arrival.sockets === sockets).length;
      if (complete === texts.length) return measuresOf(arrivals, sentMs);
      if (Date.now() > deadline) throw new Error(`The bare broadcast brought ${complete} of ${texts.length} to all.`);
      await pause(POLL_MS);
    }
  });
}

/** From a Node server. */
export async function bareOnNode(sockets: number, texts: string[], dueMs: number[]): Promise<Measures> {
  const bare = await BareBroadcast.start();
  try {
    const send: Bare["send"] = (some, due) => bare.send(some, due);
    return await broadcast({ url: bare.url, send }, sockets, texts, dueMs);
  } finally {
    await bare.close();
  }
}

/** From one object on the platform. */
export async function bareOnPlatform(sockets: number, texts: string[], dueMs: number[]): Promise<Measures> {
  const server = await startBare("broadcast");
  return whileRunning(server, () => {
    const send: Bare["send"] = (some, due) => postInTime(server.url, some, due);
    return broadcast({ url: server.url, send }, sockets, texts, dueMs);
  });
}
