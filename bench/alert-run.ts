/* One run of alerts through a system under test: posts at one end, sockets at the other, and whether everything that was
 * accepted came to every socket, once and in order. The same for the product and for its peers. */
import { setTimeout as pause } from "node:timers/promises";
import { evenly, type Measures, measuresOf } from "./arrivals.ts";
import type { Arrival } from "./load/alert-crowd.ts";
import { AlertPoster, type Row, rhythmOf, type Target } from "./load/alert-posts.ts";
import { AlertListeners } from "./load/parent.ts";
import type { WireName } from "./load/wires.ts";

export interface AlertSystem {
  name: string;
  wire: WireName;
  /** Where the sockets are. */
  url: string;
  target: Target;
}

export interface Heard extends Measures {
  arrivals: Arrival[];
  /** Sockets that were closed because they were too slow, and resumed. */
  resumed: number;
}

const SETTLES_WITHIN_MS = 600_000;
const POLL_MS = 20;
export const AT_ONCE = 16;
export const LONGEST_PAUSE_MS = 500;

/** Opens the sockets for as long as `use` takes. */
export async function withListeners<T>(
  { url, wire }: Pick<AlertSystem, "url" | "wire">,
  sockets: number,
  use: (listeners: AlertListeners) => Promise<T>,
): Promise<T> {
  const listeners = await AlertListeners.open({ url, wire, sockets });
  try {
    return await use(listeners);
  } finally {
    await listeners.close();
  }
}

export type Posting = (poster: AlertPoster) => Promise<void>;

export const asFastAsItGoes =
  (rows: Row[]): Posting =>
  (poster) =>
    poster.postAsFast(rows, AT_ONCE);

export const inItsRhythm =
  (rows: Row[]): Posting =>
  (poster) =>
    poster.postInTime(rows, rhythmOf(rows, LONGEST_PAUSE_MS));

/** One place per row, so that each post is one alert. */
export const atRate =
  (rows: Row[], perSecond: number, seconds: number): Posting =>
  (poster) =>
    poster.postInTime(singles(rows, perSecond * seconds), evenly(perSecond * seconds, perSecond));

function singles(rows: Row[], count: number): Row[] {
  const all = rows.flatMap((row) => row.locations.map((location) => ({ ...row, locations: [location] })));
  return Array.from({ length: count }, (_, i) => all[i % all.length] as Row);
}

/** Posts, waits until every socket has what was accepted, and checks it. */
export async function replay(system: AlertSystem, listeners: AlertListeners, posting: Posting): Promise<Heard> {
  const before = (await listeners.ask({ do: "report" })).reached;
  const poster = new AlertPoster(system.target);
  try {
    await posting(poster);
  } finally {
    poster.close();
  }
  const { accepted } = poster;
  const deadline = Date.now() + SETTLES_WITHIN_MS;
  while ((await listeners.ask({ do: "count" })).reached - before < accepted.size && Date.now() < deadline) {
    await pause(POLL_MS);
  }
  const report = await listeners.ask({ do: "report" });
  if ((report.faultCount ?? 0) > 0) {
    throw new Error(`${system.name}: ${report.faultCount} faults on the sockets: ${report.faults?.join(", ")}`);
  }
  return { ...heardOf(system, accepted, report.arrivals ?? []), resumed: report.resumed ?? 0 };
}

function heardOf({ name }: AlertSystem, accepted: Set<string>, arrivals: Arrival[]): Omit<Heard, "resumed"> {
  const alerts = arrivals.filter(({ event }) => event !== "");
  const told = new Set(alerts.map(({ event }) => event));
  const missing = [...accepted].filter((event) => !told.has(event)).length;
  if (missing > 0) throw new Error(`${name}: ${missing} of ${accepted.size} alerts did not reach every socket.`);
  if (told.size !== alerts.length) throw new Error(`${name}: ${alerts.length - told.size} alerts were told twice.`);
  return { ...measuresOf(alerts), arrivals };
}
