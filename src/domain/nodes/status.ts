/* The status of a node, computed from facts at any moment. Pure: the clock and the last sign of life come in as arguments.
 *
 * Silence is measured from the last sign of life, from when the way to the node was lost on our side (`linkLostAt`), or
 * from the end of its maintenance, whichever is latest: nobody is blamed for beats that could not be heard. */
import { earliest } from "../deadline";
import { nextRun } from "./cron";
import type { MaintenanceWindow, NodeConfig, NodeStatus } from "./node";

/** What is seen of a node beside its log. All times epoch ms, by our clock. */
export interface Sighting {
  /** The last beat that was heard, by whatever way. */
  lastBeat: number | undefined;
  /** Its connection is open. */
  connected: boolean;
  /** Its connection was closed and has not come back. */
  closedAt: number | undefined;
}

export interface NodeFacts {
  config: NodeConfig;
  /** When it said that it stops; undefined once it said something later. */
  stoppedAt: number | undefined;
  /** When it said, or a script for it, that it failed; undefined once it said something later. */
  failedAt: number | undefined;
  /** When we lost the way to it without hearing a close. */
  linkLostAt: number | undefined;
  /** When it last came back after an absence: FLAP_RETURNS of them, the latest last. */
  returns: number[];
}

export const FLAP_WINDOW_MS = 10 * 60_000;
/** So many returns within the window are flapping. */
export const FLAP_RETURNS = 3;
/** Many nodes of one object are looked at together, at most so far apart: each look is an alarm and a row written. */
const GRID_MS = 30_000;

const isIn = ({ start, end }: MaintenanceWindow, now: number): boolean => start <= now && now < end;

const latest = (...moments: (number | undefined)[]): number =>
  Math.max(...moments.map((at) => at ?? Number.NEGATIVE_INFINITY));

/** The end of the last maintenance that is over. */
const maintainedUntil = ({ maintenance }: NodeConfig, now: number): number =>
  latest(...maintenance.map(({ end }) => (end <= now ? end : undefined)));

/** A silence: since when, and when it becomes suspect and a failure. */
interface Silence {
  since: number;
  suspectAt: number;
  downAt: number;
}

/** @param from the last moment of which it is known that nothing was amiss */
function silenceAfter({ cron, time_zone, suspect_after_s, down_after_s }: NodeConfig, from: number): Silence {
  const since = cron === null ? from : (nextRun(cron, time_zone, from) ?? Number.POSITIVE_INFINITY);
  return { since, suspectAt: since + suspect_after_s * 1_000, downAt: since + down_after_s * 1_000 };
}

/** As nobody is blamed for; undefined before the first beat. A beat over a socket may be known by its entry alone. */
function silenceOf({ config, linkLostAt }: NodeFacts, { lastBeat }: Sighting, now: number): Silence | undefined {
  if (lastBeat === undefined && linkLostAt === undefined) return undefined;
  return silenceAfter(config, latest(lastBeat, linkLostAt, maintainedUntil(config, now)));
}

/** When a connection that was closed counts as gone. */
function goneAt({ config }: NodeFacts, { lastBeat, closedAt }: Sighting, now: number): number | undefined {
  if (closedAt === undefined || latest(lastBeat) > closedAt) return undefined;
  return latest(closedAt, maintainedUntil(config, now)) + config.reconnect_grace_s * 1_000;
}

/** Its silence is no failure. */
const mayLeave = ({ expected_offline, ephemeral }: NodeConfig): boolean => expected_offline || ephemeral;

/** Whether it was silent already when its maintenance ended: then there is no reason yet to call it up or away. */
function isAwaited({ config, linkLostAt }: NodeFacts, { lastBeat }: Sighting, now: number): boolean {
  const own = silenceAfter(config, latest(lastBeat, linkLostAt));
  return (mayLeave(config) ? own.downAt : own.suspectAt) <= maintainedUntil(config, now);
}

const flapsUntil = ({ returns }: NodeFacts): number =>
  (returns.at(-FLAP_RETURNS) ?? Number.NEGATIVE_INFINITY) + FLAP_WINDOW_MS;

/** Where a node stands at `now`. */
export function statusAt(facts: NodeFacts, sighting: Sighting, now: number): NodeStatus {
  const { config } = facts;
  if (config.maintenance.some((window) => isIn(window, now))) return "maintenance";
  if (facts.stoppedAt !== undefined) return "stopped";
  if (facts.failedAt !== undefined) return "down";
  const silence = silenceOf(facts, sighting, now);
  if (silence === undefined) return "new";
  if (now >= silence.downAt) return mayLeave(config) ? "stopped" : "down";
  const isSilent = now >= silence.suspectAt && !mayLeave(config);
  if (!isSilent && isAwaited(facts, sighting, now)) return "maintenance";
  if (now < flapsUntil(facts)) return "flapping";
  if (mayLeave(config)) return "up";
  return isSilent || now >= (goneAt(facts, sighting, now) ?? Number.POSITIVE_INFINITY) ? "suspect" : "up";
}

/** Since when it is away, for one that is. */
export function awaySince(facts: NodeFacts, sighting: Sighting, now: number): number {
  return facts.failedAt ?? Math.min(now, silenceOf(facts, sighting, now)?.since ?? now);
}

/** The first moment after `after` at which the clock alone may make `status` another one; undefined when only the node can.
 * @param isShared whether it shares its object's alarm: then a silence may become suspect somewhat late, on a grid, and
 *   never later than it becomes a failure */
export function nextChange(
  facts: NodeFacts,
  sighting: Sighting,
  status: NodeStatus,
  after: number,
  isShared: boolean,
): number | undefined {
  const silence = silenceOf(facts, sighting, after);
  const moments = [
    silence && (isShared ? onGrid(silence) : silence.suspectAt),
    silence?.downAt,
    goneAt(facts, sighting, after),
    flapsUntil(facts),
  ];
  const changes = moments.filter(
    (at) => at !== undefined && at > after && Number.isFinite(at) && statusAt(facts, sighting, at) !== status,
  );
  // Deadlines are others after the end of a maintenance: that is a moment to look again, whatever it brings.
  const bounds = facts.config.maintenance.flatMap(({ start, end }) => [start, end]).filter((at) => at > after);
  return earliest([...changes, ...bounds]);
}

function onGrid({ suspectAt, downAt }: Silence): number {
  const step = Math.min(GRID_MS, downAt - suspectAt);
  return step <= 0 ? suspectAt : Math.ceil(suspectAt / step) * step;
}
