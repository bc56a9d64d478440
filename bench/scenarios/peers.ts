/* The same alerts through what a team would build without Tidings (bench/peers/), side by side: an HTTP listener, RabbitMQ
 * with publisher confirms, a processor with Redis, Socket.IO. Only where the two servers are installed. */
import { type AlertSystem, atRate, type Heard, type Posting, replay, withListeners } from "../alert-run.ts";
import { readRows } from "../load/alert-posts.ts";
import { missingForPeers, PeerStack } from "../peers/stack.ts";
import type { Context, Outcome, Scenario, Table } from "../scenario.ts";
import { whileRunning } from "../servers.ts";
import { median, rounded } from "../statistics.ts";
import { CROWDS, type Crowd, loadsOf, rowsFor, withTidings } from "./alerts.ts";

const SECONDS = { full: 10, quick: 3 };
const WARM_UP_SECONDS = 2;

type Serve = <T>(crowd: Crowd, use: (system: AlertSystem) => Promise<T>) => Promise<T>;

const withPeers: Serve = (_, use) => {
  const stack = new PeerStack();
  return whileRunning(stack, async () => {
    const { url, postPort: port } = await stack.start();
    return use({ name: "peers", wire: "socket.io", url, target: { port, path: "/api/alerts", key: "" } });
  });
};

interface Load {
  what: string;
  posting: Posting;
  times: number;
}

function loadsFor(context: Context, { perSecond }: Crowd): Load[] {
  const seconds = context.quick ? SECONDS.quick : SECONDS.full;
  const posting = atRate(readRows(), perSecond, seconds);
  const steady = { what: `${perSecond} alerts/s`, posting, times: context.rounds };
  // All rows once: minutes.
  return [steady, ...loadsOf(rowsFor(context)).map((load) => ({ ...load, times: 1 }))];
}

/** Each load so many times, on servers and sockets that are the same throughout. */
function measureSystem(context: Context, serve: Serve, crowd: Crowd): Promise<Heard[][]> {
  return serve(crowd, (system) =>
    withListeners(system, crowd.sockets, async (listeners) => {
      await replay(system, listeners, atRate(readRows(), crowd.perSecond, WARM_UP_SECONDS));
      const heard: Heard[][] = [];
      for (const { what, posting, times } of loadsFor(context, crowd)) {
        const rounds: Heard[] = [];
        for (let i = 0; i < times; i++) rounds.push(await replay(system, listeners, posting));
        context.say(`  ${system.name}, ${crowd.sockets} sockets, ${what}: ${cellsOf(rounds).join(" | ")}`);
        heard.push(rounds);
      }
      return heard;
    }),
  );
}

/** Medians of the rounds. */
function cellsOf(rounds: Heard[]): string[] {
  const of = (read: (heard: Heard) => number) => rounded(median(rounds.map(read))).toLocaleString("en");
  return [of(({ lastMs }) => lastMs.p50), of(({ lastMs }) => lastMs.p99), of((heard) => heard.messagesPerSecond)];
}

async function tableOf(context: Context, crowd: Crowd): Promise<Table> {
  const ours = await measureSystem(context, withTidings, crowd);
  const theirs = await measureSystem(context, withPeers, crowd);
  const rows = loadsFor(context, crowd).map(({ what }, i) => [
    what,
    ...cellsOf(ours[i] as Heard[]),
    ...cellsOf(theirs[i] as Heard[]),
  ]);
  const figures = ["last socket p50, ms", "p99, ms", "messages/s"];
  const head = ["", ...figures.map((name) => `Tidings: ${name}`), ...figures.map((name) => `peers: ${name}`)];
  return { title: `${crowd.sockets.toLocaleString("en")} sockets`, head, rows };
}

async function run(context: Context): Promise<Outcome> {
  const missing = missingForPeers();
  if (missing !== undefined) {
    context.say(`  ${missing}`);
    return { figures: [], notes: [missing] };
  }
  const tables: Table[] = [];
  for (const crowd of CROWDS) tables.push(await tableOf(context, crowd));
  const note = `Medians of ${context.rounds} rounds at a steady rate; all rows are replayed once. Every socket of both had every accepted alert once and in order.`;
  return { figures: [], tables, notes: [note] };
}

export const peers: Scenario = { name: "peers", title: "Civil alerts beside RabbitMQ, Redis and Socket.IO", run };
