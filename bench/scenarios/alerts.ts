/* Civil alerts: real ones, replayed, to crowds of sockets over several hubs; at a steady rate beside a bare broadcast of the
 * same bytes to the same number of sockets; and a whole crowd that drops and resumes at once. */
import {
  type AlertSystem,
  asFastAsItGoes,
  atRate,
  type Heard,
  inItsRhythm,
  type Posting,
  replay,
  withListeners,
} from "../alert-run.ts";
import { evenly } from "../arrivals.ts";
import { bareOnNode, bareOnPlatform } from "../bare-broadcasts.ts";
import { type Row, readRows } from "../load/alert-posts.ts";
import type { AlertListeners } from "../load/parent.ts";
import { type Measurement, measure, type Round } from "../rounds.ts";
import type { Aim, Context, Figure, Outcome, Scenario } from "../scenario.ts";
import { withProduct } from "../servers.ts";

/** Several hubs for each crowd. They share one thread here, which on the platform they do not: each costs it some more. */
export const CROWDS = [
  { sockets: 1_000, perSecond: 20, perHub: 512 },
  { sockets: 4_000, perSecond: 5, perHub: 2_048 },
];
export type Crowd = (typeof CROWDS)[number];
const SECONDS = { full: 10, quick: 3 };
/** The code is warm then, and the objects of the places exist. */
const WARM_UP_SECONDS = { full: 4, quick: 2 };
/** Rows replayed with --quick. */
const QUICK_ROWS = 40;
const STORM: Crowd = { sockets: 4_000, perSecond: 10, perHub: 2_048 };
/** Alerts that the crowd misses while it is away. */
const MISSED = 5;
const count = (value: number): string => value.toLocaleString("en");

/** The product as it serves alerts, for as long as `use` takes. */
export function withTidings<T>({ perHub }: Crowd, use: (system: AlertSystem) => Promise<T>): Promise<T> {
  return withProduct({ HUB_MAX_SOCKETS: String(perHub) }, ({ url, port, key }) =>
    use({ name: "Tidings", wire: "tidings", url, target: { port, path: "/api/v1/alerts", key } }),
  );
}

/** Throughput of a replay, and how long each alert took to its last socket. */
const roundOf = ({ messagesPerSecond, lastMs, alerts, resumed }: Heard): Round => ({
  value: messagesPerSecond,
  more: { "last socket p50 ms": lastMs.p50, "p99 ms": lastMs.p99, alerts, "too slow and resumed": resumed },
});

async function replayed(
  context: Context,
  system: AlertSystem,
  listeners: AlertListeners,
  how: { what: string; posting: Posting },
): Promise<Figure> {
  const round = async () => roundOf(await replay(system, listeners, how.posting));
  // All rows once: minutes.
  return measure({ ...context, rounds: 1 }, { what: how.what, unit: "messages/s", round }, false);
}

/** Ours, and right after it the floor. */
async function besideFloor(
  context: Context,
  system: AlertSystem,
  listeners: AlertListeners,
  crowd: Crowd,
): Promise<Figure[]> {
  const rows = readRows();
  const rate = (seconds: number) => atRate(rows, crowd.perSecond, seconds);
  await replay(system, listeners, rate(context.quick ? WARM_UP_SECONDS.quick : WARM_UP_SECONDS.full));
  const round = async (): Promise<Round> => {
    const ours = await replay(system, listeners, rate(context.quick ? SECONDS.quick : SECONDS.full));
    const texts = ours.arrivals.map(({ text }) => text);
    const dueMs = evenly(texts.length, crowd.perSecond);
    const floor = (await bareOnNode(crowd.sockets, texts, dueMs)).lastMs;
    const platform = (await bareOnPlatform(crowd.sockets, texts, dueMs)).lastMs;
    const { p50, p99 } = ours.lastMs;
    const more = { "p99 ratio": p99 / floor.p99, "p50 ms": p50, "p99 ms": p99 };
    const bare = { "bare p50 ms": floor.p50, "bare p99 ms": floor.p99 };
    const onPlatform = { "bare on workerd p50 ms": platform.p50, "p99 ms there": platform.p99 };
    return { value: p50 / floor.p50, more: { ...more, ...bare, ...onPlatform } };
  };
  const what = `${crowd.perSecond} alerts/s to ${count(crowd.sockets)} sockets, p50 to the last socket`;
  const measurement: Measurement = { what, unit: "× bare", aims: atMostOneAndAHalf, round };
  const figure = await measure(context, measurement, false);
  return [figure, tailOf(figure)];
}

const atMostOneAndAHalf: Aim[] = [{ of: "value", bound: "at most", value: 1.5 }];

/** The p99 is a figure with an aim of its own. */
function tailOf({ what, unit, more, hello }: Figure): Figure {
  const value = Number(more?.["p99 ratio"]);
  const tail = { what: what.replace("p50", "p99"), unit, value, rounds: [], aims: atMostOneAndAHalf };
  return hello === undefined ? tail : { ...tail, hello };
}

/** What every system under test is asked, in this order. */
export const loadsOf = (rows: Row[]): { what: string; posting: Posting }[] => [
  { what: "As fast as it goes", posting: asFastAsItGoes(rows) },
  { what: "In its rhythm, pauses of 0.5 s at most", posting: inItsRhythm(rows) },
];

export const rowsFor = ({ quick }: Context): Row[] => readRows().slice(0, quick ? QUICK_ROWS : undefined);

async function measureCrowd(context: Context, crowd: Crowd): Promise<Figure[]> {
  return withTidings(crowd, (system) =>
    withListeners(system, crowd.sockets, async (listeners) => {
      const figures = await besideFloor(context, system, listeners, crowd);
      for (const { what, posting } of loadsOf(rowsFor(context))) {
        const titled = { what: `${what}, ${count(crowd.sockets)} sockets`, posting };
        figures.push(await replayed(context, system, listeners, titled));
      }
      return figures;
    }),
  );
}

/** Everybody is gone at once, misses some alerts, and is back at once. */
async function storm(context: Context): Promise<Figure> {
  return withTidings(STORM, (system) =>
    withListeners(system, STORM.sockets, (crowd) =>
      // One more socket, in a process of its own, says how far the topic is.
      withListeners(system, 1, (witness) => {
        const aims: Aim[] = [{ of: "value", bound: "at most", value: 5 }];
        const what = `${count(STORM.sockets)} sockets drop, miss ${MISSED} alerts, and resume at once: all current`;
        const round = () => stormOnce(system, crowd, witness);
        return measure(context, { what, unit: "s", aims, round }, false);
      }),
    ),
  );
}

async function stormOnce(system: AlertSystem, crowd: AlertListeners, witness: AlertListeners): Promise<Round> {
  await crowd.ask({ do: "report" });
  await crowd.ask({ do: "drop" });
  const missed = await replay(system, witness, atRate(readRows(), STORM.perSecond, MISSED / STORM.perSecond));
  const until = Math.max(...missed.arrivals.map(({ seq }) => seq));
  const { currentMs = Number.NaN, attemptsFailed = 0 } = await crowd.ask({ do: "resume", until });
  const { faults = [], faultCount = 0 } = await crowd.ask({ do: "report" });
  if (faultCount > 0) throw new Error(`${faultCount} faults after the storm: ${faults.join(", ")}`);
  return { value: currentMs / 1_000, more: { "attempts that failed": attemptsFailed } };
}

async function run(context: Context): Promise<Outcome> {
  const figures: Figure[] = [];
  // A server each: what the first crowd leaves behind is no part of the second.
  for (const crowd of CROWDS) figures.push(...(await measureCrowd(context, crowd)));
  figures.push(await storm(context));
  const note =
    "Every socket had every alert that was accepted, once and in order. How often a storm asks the owner of the topic is " +
    "counted in test/durable-objects/hub-storm.test.ts: once for all sockets of a hub that come from the same position " +
    "while it answers, and once more for those who come after that.";
  return { figures, notes: [note] };
}

export const alerts: Scenario = { name: "alerts", title: "Civil alerts to crowds of sockets", run };
