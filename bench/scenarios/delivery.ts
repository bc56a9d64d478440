/* From a post to a socket: how long it takes until a price is where people look. */
import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "../../test/e2e/server.ts";
import { evenly } from "../arrivals.ts";
import { bareOnPlatform } from "../bare-broadcasts.ts";
import type { OpenLoopLog } from "../load/open-loop.ts";
import { openLoop, Subscribers } from "../load/parent.ts";
import type { CrowdAnswer } from "../load/subscribers.ts";
import { measure, type Round } from "../rounds.ts";
import type { Context, Figure, Outcome, Scenario } from "../scenario.ts";
import { withProduct } from "../servers.ts";
import { spreadOf } from "../statistics.ts";

const PER_SECOND = 200;
const SOCKETS = 100;
const SYMBOL = "DELIVERY";
/** What is still on its way when the last post is answered. */
const LAST_FRAMES_MS = 500;

/** A subscriber of an unknown symbol waits for its announcement: here it shall have begun. */
export async function beginSymbol(server: Server, symbol: string): Promise<void> {
  const body = JSON.stringify({ symbol, price: 1, timestamp: Date.now() });
  const answer = await server.fetch("/api/v1/prices", { method: "POST", body });
  if (!answer.ok) throw new Error(`A first price of ${symbol} was answered with ${answer.status}.`);
}

/** As long as a frame of a price. */
export function frameOf(symbol: string, i: number): string {
  const at = new Date().toISOString();
  const data = { price: 100 + (i % 100) / 100, volume: i + 1, timestamp: at };
  return JSON.stringify({ topic: `prices/${symbol}`, epoch: "0mhzvn2a3-abcdef", seq: i + 1, type: "price", at, data });
}

/** The same from one object that only sends; its figures are those of the slowest socket. */
async function bareMs(seconds: number): Promise<Record<string, number>> {
  const texts = Array.from({ length: PER_SECOND * seconds }, (_, i) => frameOf(SYMBOL, i));
  const { lastMs } = await bareOnPlatform(SOCKETS, texts, evenly(texts.length, PER_SECOND));
  return { "bare on workerd p50 ms": lastMs.p50, "p99 ms there": lastMs.p99 };
}

/** Milliseconds from just before a post was sent to its frame on each socket. */
export function deliveryMs({ sentUs }: OpenLoopLog, { volumes, receivedUs }: CrowdAnswer): number[] {
  const latencies: number[] = [];
  for (let i = 0; i < volumes.length; i++) {
    const sent = sentUs[(volumes[i] as number) - 1];
    if (sent !== undefined) latencies.push(((receivedUs[i] as number) - sent) / 1e3);
  }
  return latencies;
}

/** Milliseconds from one moment of each arrival to another, where there were both. */
const between = (from: Float64Array, to: Float64Array): number[] =>
  Array.from(to, (at, i) => (at - (from[i] as number)) / 1e3).filter((ms) => !Number.isNaN(ms));

async function measureOnce(server: Server, crowd: Subscribers, seconds: number): Promise<Round> {
  await crowd.report();
  const phases = [{ perSecond: PER_SECOND, seconds }];
  const load = {
    port: server.port,
    key: server.key,
    posts: { of: "ticks", symbols: [SYMBOL] } as const,
    connections: 256,
    patienceMs: 5_000,
  };
  const log = await openLoop({ ...load, phases });
  await pause(LAST_FRAMES_MS);
  const report = await crowd.report();
  const posted = log.status.filter((status) => status === 200).length;
  const latencies = deliveryMs(log, report);
  if (report.faultCount > 0) throw new Error(`Frames were missed or doubled: ${report.faults.join(", ")}`);
  if (latencies.length !== posted * SOCKETS) {
    throw new Error(`${posted} posts made ${latencies.length} frames on ${SOCKETS} sockets.`);
  }
  const { p50, p99, max } = spreadOf(latencies);
  const answers = spreadOf(between(log.sentUs, log.answeredUs));
  const late = spreadOf(between(log.dueUs, log.sentUs));
  const failed = log.status.length - posted;
  const more = { "p99 ms": p99, "max ms": max, "answer p50 ms": answers.p50, "sent late p99 ms": late.p99, failed };
  return { value: p50, more };
}

/** The p99 is a figure with an aim of its own. */
function tailOf({ more, hello }: Figure): Figure {
  const value = Number(more?.["p99 ms"]);
  const aims: Figure["aims"] = [{ of: "value", bound: "at most", value: 10 }];
  return { what: "Post to socket, p99", value, unit: "ms", rounds: [], aims, ...(hello ? { hello } : {}) };
}

async function run(context: Context): Promise<Outcome> {
  const seconds = context.quick ? 2 : 10;
  const figure = await withProduct({}, async (server) => {
    await beginSymbol(server, SYMBOL);
    const { url, key } = server;
    const crowd = await Subscribers.open({ url, key, topic: `prices/${SYMBOL}`, sockets: SOCKETS });
    try {
      await measureOnce(server, crowd, context.quick ? 1 : 3);
      return await measure(
        context,
        {
          what: "Post to socket, p50",
          unit: "ms",
          aims: [{ of: "value", bound: "at most", value: 2 }],
          round: async () => {
            const { value, more } = await measureOnce(server, crowd, seconds);
            return { value, more: { ...more, ...(await bareMs(seconds)) } };
          },
        },
        false,
      );
    } finally {
      await crowd.close();
    }
  });
  return { figures: [figure, tailOf(figure)] };
}

export const delivery: Scenario = {
  name: "delivery",
  title: "Post to socket: 200 posts/s, open loop, 100 sockets",
  run,
};
