/* The status of a node, computed from facts at any moment. Pure: the clock and the last sign of life come in as arguments.
 *
 * Silence is measured from the last sign of life, from when the way to the node was lost on our side (`linkLostAt`), or
 * from the end of its maintenance, whichever is latest: nobody is blamed for beats that could not be heard. */
import { nextRun } from "./cron";
import type { MaintenanceWindow, NodeConfig, NodeStatus } from "./node";

/** What is known of a node beside its log. All times epoch ms, by our clock. */
export interface Sighting {
  /** The last beat that was heard, by whatever way. */
  lastBeat: number | undefined;
  /** Its connection was closed and has not come back. */
  closedAt: number | undefined;
}

export interface NodeFacts {
  config: NodeConfig;
  /** When it said that it stops. */
  stoppedAt: number | undefined;
  /** When it said, or somebody for it, that it failed. */
  failedAt: number | undefined;
  /** When we lost the way to it without hearing a close. */
  linkLostAt: number | undefined;
  /** Moments at which it left or came back, the latest last. */
  flips: number[];
}

export const FLAP_WINDOW_MS = 10 * 60_000;
/** So many times gone and back within the window is flapping. */
export const FLAP_FLIPS = 6;

const maintenanceAt = (windows: readonly MaintenanceWindow[], now: number): MaintenanceWindow | undefined =>
  windows.find(({ start, end }) => start <= now && now < end);

const latest = (moments: readonly (number | undefined)[]): number | undefined => {
  const known = moments.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};

/** From when on it is silent; undefined before its first beat. */
function silentFrom({ config, linkLostAt }: NodeFacts, { lastBeat }: Sighting, now: number): number | undefined {
  if (lastBeat === undefined) return undefined;
  const ends = config.maintenance.map(({ end }) => end).filter((end) => end <= now);
  return latest([lastBeat, linkLostAt, ...ends]);
}

/** When silence becomes suspect, and when it is a failure. */
export function deadlinesOf(
  facts: NodeFacts,
  sighting: Sighting,
  now: number,
): { suspect: number; down: number } | undefined {
  const from = silentFrom(facts, sighting, now);
  if (from === undefined) return undefined;
  const { cron, time_zone, suspect_after_s, down_after_s } = facts.config;
  const due = cron === null ? from : (nextRun(cron, time_zone, from) ?? Number.POSITIVE_INFINITY);
  return { suspect: due + suspect_after_s * 1_000, down: due + down_after_s * 1_000 };
}

/** Where a node stands at `now`. */
export function statusAt(facts: NodeFacts, sighting: Sighting, now: number): NodeStatus {
  if (maintenanceAt(facts.config.maintenance, now) !== undefined) return "maintenance";
  const { lastBeat, closedAt } = sighting;
  if (facts.stoppedAt !== undefined && facts.stoppedAt >= (lastBeat ?? 0)) return "stopped";
  if (facts.failedAt !== undefined && facts.failedAt >= (lastBeat ?? 0)) return "down";
  const deadlines = deadlinesOf(facts, sighting, now);
  if (deadlines === undefined) return "new";
  const { expected_offline, ephemeral, reconnect_grace_s } = facts.config;
  if (now >= deadlines.down) return expected_offline || ephemeral ? "stopped" : "down";
  const isGone = closedAt !== undefined && closedAt >= (lastBeat ?? 0) && now >= closedAt + reconnect_grace_s * 1_000;
  const isSilent = now >= deadlines.suspect || isGone;
  if (flipsWithin(facts.flips, now) >= FLAP_FLIPS) return "flapping";
  return isSilent ? "suspect" : "up";
}

export const flipsWithin = (flips: readonly number[], now: number): number =>
  flips.filter((at) => at > now - FLAP_WINDOW_MS).length;

/** The next moment at which the status may become another by the clock alone; undefined when only the node can change it. */
export function nextChange(facts: NodeFacts, sighting: Sighting, now: number): number | undefined {
  const { config, flips } = facts;
  const deadlines = deadlinesOf(facts, sighting, now);
  const moments = [
    ...config.maintenance.flatMap(({ start, end }) => [start, end]),
    ...(deadlines === undefined ? [] : [deadlines.suspect, deadlines.down]),
    ...(sighting.closedAt === undefined ? [] : [sighting.closedAt + config.reconnect_grace_s * 1_000]),
    ...flips.map((at) => at + FLAP_WINDOW_MS),
  ];
  const ahead = moments.filter((at) => at > now && Number.isFinite(at));
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}
