/* Three times more than the server can take, for a bounded time: what is refused, what the rest waits for, how long the
 * server is slow afterwards, and whether everything that was acknowledged is there exactly once. */
import type { Server } from "../../test/e2e/server.ts";
import { NOT_SENT, type OpenLoopLog, type Phase, UNANSWERED } from "../load/open-loop.ts";
import { openLoop } from "../load/parent.ts";
import { helloPerSecond } from "../rounds.ts";
import type { Context, Figure, Outcome, Scenario } from "../scenario.ts";
import { withProduct } from "../servers.ts";
import { recoveryMs, spreadOf } from "../statistics.ts";
import { postWithWrk } from "../wrk.ts";
import { beginSymbol } from "./delivery.ts";
import { heads, storedSince } from "./stored.ts";

const SYMBOLS = Array.from({ length: 50 }, (_, i) => `OVER${i}`);
const TIMES = 3;
const CALM_SHARE = 0.1;
const CONNECTIONS = 1_000;
/** Slow is more than this many times the p99 of the calm before. */
const SLOW = 2;

function phasesOf(capacity: number, quick: boolean): Phase[] {
  const calm = Math.max(20, Math.round(capacity * CALM_SHARE));
  const storm = Math.round(capacity * TIMES);
  return [
    { perSecond: calm, seconds: quick ? 2 : 5 },
    { perSecond: storm, seconds: quick ? 2 : 10 },
    { perSecond: calm, seconds: quick ? 5 : 15 },
  ];
}

/** Indexes of the arrivals of each phase. */
function rangesOf(phases: Phase[]): [from: number, to: number][] {
  let from = 0;
  return phases.map(({ perSecond, seconds }) => {
    const range: [number, number] = [from, from + Math.round(perSecond * seconds)];
    from = range[1];
    return range;
  });
}

const latencyOf = (log: OpenLoopLog, i: number): number =>
  ((log.answeredUs[i] as number) - (log.dueUs[i] as number)) / 1e3;

function* answered(log: OpenLoopLog, [from, to]: [number, number], status = 200): Generator<number> {
  for (let i = from; i < to; i++) if (log.status[i] === status) yield latencyOf(log, i);
}

function statusesOf(log: OpenLoopLog, [from, to]: [number, number]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = from; i < to; i++) {
    const status = log.status[i] as number;
    const name = { [NOT_SENT]: "not sent", [UNANSWERED]: "unanswered" }[status] ?? `status ${status}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function recoveryOf(log: OpenLoopLog, [from, to]: [number, number], limit: number): number | undefined {
  const samples = Array.from({ length: to - from }, (_, k) => {
    const latency = latencyOf(log, from + k);
    const at = (log.dueUs[from + k] as number) / 1e3;
    return { at, latency: Number.isNaN(latency) ? undefined : latency };
  });
  return recoveryMs(samples, samples[0]?.at ?? 0, limit);
}

/** Throws unless every acknowledged tick is stored once, and no tick twice. */
async function checkStored(server: Server, log: OpenLoopLog, before: Map<string, string>): Promise<string> {
  const times = await storedSince(server, before);
  let acknowledged = 0;
  for (const [i, status] of log.status.entries()) {
    const stored = times.get(i + 1) ?? 0;
    if (status === 200) acknowledged++;
    if (stored > 1 || (status === 200 && stored !== 1)) {
      throw new Error(`Tick ${i + 1}, answered with ${status}, is stored ${stored} times.`);
    }
  }
  const unasked = times.size - acknowledged;
  return `${acknowledged} ticks were acknowledged and each is stored exactly once; ${unasked} more are stored whose answer nobody received.`;
}

function figuresOf(log: OpenLoopLog, phases: Phase[], capacity: number, hello: number): Figure[] {
  const [calm, storm, after] = rangesOf(phases) as [[number, number], [number, number], [number, number]];
  const before = spreadOf([...answered(log, calm)]);
  const during = spreadOf([...answered(log, storm)]);
  const recovery = recoveryOf(log, after, before.p99 * SLOW);
  const acknowledged = during.count / (phases[1] as Phase).seconds;
  const one = (what: string, value: number, unit: string, more?: Figure["more"]): Figure => ({
    what,
    value,
    unit,
    rounds: [value],
    ...(more ? { more } : {}),
  });
  return [
    { ...one("Capacity, closed loop, 64 connections", capacity, "posts/s"), hello, share: capacity / hello },
    one("Due", (phases[1] as Phase).perSecond, "posts/s"),
    one("Acknowledged of those due", acknowledged, "posts/s", statusesOf(log, storm)),
    one("Acknowledged p99", during.p99, "ms", { "p50 ms": during.p50 }),
    one("p99 before", before.p99, "ms", { "p50 ms": before.p50 }),
    one("Slow afterwards for", recovery ?? Number.NaN, "ms"),
  ];
}

async function storm(context: Context, server: Server): Promise<Outcome> {
  const { port, url, key } = server;
  const hello = await helloPerSecond(context);
  const closed = { connections: 64, symbols: SYMBOLS.length, key, ticksPerRequest: 1 };
  await postWithWrk(url, { ...closed, seconds: 1 });
  const { requestsPerSecond } = await postWithWrk(url, { ...closed, seconds: context.quick ? 1 : 5 });
  for (const symbol of SYMBOLS) await beginSymbol(server, symbol);
  const before = await heads(server, SYMBOLS);
  const phases = phasesOf(requestsPerSecond, context.quick);
  const load = {
    port,
    key,
    posts: { of: "ticks", symbols: SYMBOLS } as const,
    connections: CONNECTIONS,
    patienceMs: 20_000,
  };
  const log = await openLoop({ ...load, phases });
  const figures = figuresOf(log, phases, requestsPerSecond, hello);
  for (const { what, value, unit } of figures) context.say(`  ${what}: ${Math.round(value * 100) / 100} ${unit}`);
  const notes = [
    await checkStored(server, log, before),
    `"Not sent" were due while ${CONNECTIONS} requests were waiting for their answers.`,
  ];
  return { figures, notes };
}

export const overload: Scenario = {
  name: "overload",
  title: "Three times the capacity, open loop, single posts over 50 symbols",
  run: (context) => withProduct({}, (server) => storm(context, server)),
};
