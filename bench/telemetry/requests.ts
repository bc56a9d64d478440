/* Request events: ten thousand a second for a minute, in batches of a hundred, then as fast as it goes. Every acknowledged
 * batch must be counted exactly once. */
import type { Server } from "../../test/e2e/server.ts";
import type { OpenLoopLog } from "../load/open-loop.ts";
import { openLoop } from "../load/parent.ts";
import type { Context, Figure } from "../scenario.ts";
import { withProduct } from "../servers.ts";
import { rounded, spreadOf } from "../statistics.ts";
import { answerFigure, askWhile } from "./ask.ts";
import { gauge } from "./gauge.ts";

const BATCH = 100;
const EVENT_BYTES = 1_000;
const SECONDS = { full: 60, quick: 5 };
/** V8 collects when it likes: it takes minutes until as much is collected as comes. */
const SOAK = { perSecond: 2_500, warmS: { full: 180, quick: 3 }, seconds: { full: 420, quick: 5 } };
/** Resident memory over what it was: no more than garbage comes and goes. */
const FLAT = 1.1;
const FLAT_OUT = { seconds: { full: 10, quick: 3 }, connections: 16, perSecond: 1_000 };
const POSTS = { of: "requests", batch: BATCH, bytes: EVENT_BYTES } as const;

const TOP_K = "/api/v1/requests/top-k?k=10&window=1h&metric=";
const QUESTIONS = [
  { what: "top-K by frequency", path: `${TOP_K}frequency` },
  { what: "top-K by p95", path: `${TOP_K}p95` },
  { what: "top-K of users", path: `${TOP_K}frequency&dimension=user_id` },
];

/** Batches that were acknowledged, and how long each took from when it was due, ms. */
function acknowledged(log: OpenLoopLog): number[] {
  const times: number[] = [];
  for (const [i, status] of log.status.entries()) {
    if (status === 200) times.push(((log.answeredUs[i] as number) - (log.dueUs[i] as number)) / 1e3);
  }
  return times;
}

/** Requests that the server has counted, by status. */
async function counted(server: Server): Promise<number> {
  const response = await server.fetch("/api/v1/requests/top-k?k=100&metric=frequency&dimension=status_code&window=24h");
  const { data } = (await response.json()) as { data: { metric_value: number }[] };
  return data.reduce((sum, row) => sum + row.metric_value, 0);
}

/** Throws unless what is counted is what was acknowledged; a batch whose answer nobody heard may be there, whole. */
function checkCounted(found: number, log: OpenLoopLog): void {
  const sure = acknowledged(log).length * BATCH;
  const perhaps = log.status.filter((status) => status !== 200 && status !== 0).length * BATCH;
  if (found < sure || found > sure + perhaps || (found - sure) % BATCH !== 0) {
    throw new Error(`${sure} requests were acknowledged, ${found} are counted.`);
  }
}

/** @param perSecond request events that fall due */
function steady(server: Server, perSecond: number, seconds: number): Promise<OpenLoopLog> {
  const target = { port: server.port, key: server.key, posts: POSTS, patienceMs: 10_000 };
  return openLoop({ ...target, connections: 64, phases: [{ perSecond: perSecond / BATCH, seconds }] });
}

/** @param perSecond request events that fall due */
export async function measureRequests(context: Context, perSecond: number): Promise<Figure[]> {
  return withProduct({}, async (server) => {
    const seconds = context.quick ? SECONDS.quick : SECONDS.full;
    const [[log, asked], taken] = await gauge(server.workerdPid, () =>
      askWhile(server, QUESTIONS, () => steady(server, perSecond, seconds)),
    );
    checkCounted(await counted(server), log);
    const ack = spreadOf(acknowledged(log));
    const figures: Figure[] = [
      {
        ...{
          what: `Acknowledged of ${perSecond.toLocaleString("en")} requests/s due, ${seconds} s`,
          unit: "requests/s",
        },
        ...one((ack.count * BATCH) / seconds),
        more: {
          "p50 ms": rounded(ack.p50),
          "p99 ms": rounded(ack.p99),
          "cores of the runtime": rounded(taken.cores),
          "MB at its beginning": taken.beginMB,
          "MB at its end": taken.endMB,
        },
      },
    ];
    for (const [what, spread] of asked)
      figures.push(answerFigure(`${what}, last hour, ${perSecond.toLocaleString("en")} requests/s`, spread));
    return figures;
  });
}

/** What the runtime holds after minutes of the same load, and whether it goes on growing. */
export async function measureMemory({ quick }: Context): Promise<Figure> {
  const { perSecond, warmS, seconds } = SOAK;
  const size = quick ? "quick" : "full";
  return withProduct({}, async (server) => {
    await steady(server, perSecond, warmS[size]);
    const [log, taken] = await gauge(server.workerdPid, () => steady(server, perSecond, seconds[size]));
    const acknowledgedPerS = (acknowledged(log).length * BATCH) / seconds[size];
    return {
      what: `Resident memory after ${warmS[size] + seconds[size]} s of ${perSecond.toLocaleString("en")} requests/s, over that after ${warmS[size]} s`,
      unit: "×",
      ...one(taken.endMB / taken.beginMB),
      aims: [{ of: "value", bound: "at most", value: FLAT }],
      more: {
        MB: taken.beginMB,
        "MB at its end": taken.endMB,
        "requests/s acknowledged": rounded(acknowledgedPerS),
        "cores of the runtime": rounded(taken.cores),
      },
    };
  });
}

/** As many as are taken when sixteen connections never wait. */
export async function measureHighest(context: Context): Promise<Figure> {
  return withProduct({}, async (server) => {
    const seconds = context.quick ? FLAT_OUT.seconds.quick : FLAT_OUT.seconds.full;
    const { connections, perSecond } = FLAT_OUT;
    const load = { port: server.port, key: server.key, posts: POSTS, patienceMs: 10_000, connections };
    const log = await openLoop({ ...load, phases: [{ perSecond, seconds }] });
    checkCounted(await counted(server), log);
    const last = Math.max(...log.answeredUs.filter((at) => !Number.isNaN(at)));
    const rate = (acknowledged(log).length * BATCH) / ((last - (log.dueUs[0] as number)) / 1e6);
    return { what: "The most, 16 connections that never wait", unit: "requests/s", ...one(rate) };
  });
}

const one = (value: number) => ({ value, rounds: [value] });
