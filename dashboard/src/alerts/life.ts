/* Whether alerts can reach this page at all. Pure: signs of life and a clock in, a judgement out.
 *
 * A page without alerts looks the same whether nothing happens or nothing arrives. Every minute a canary goes the whole way
 * of an alert; who has heard neither canary nor alert for 90 seconds must not believe the quiet. */
import type { SILENCE_MS as Silence } from "../../../src/domain/alerts/alert";

export const SILENCE_MS: typeof Silence = 90_000;
/** A device that slept has heard nothing, and has not had the time to: it gets this long to come back. */
const WAKING_MS = 8_000;

/** Epoch ms by this device's clock; undefined where there was none yet. */
export interface Signs {
  /** Since when this page watches. */
  since: number;
  /** A frame or canary over the socket. */
  live: number | undefined;
  /** A canary as the second path tells it. */
  second: number | undefined;
  /** When this device last woke. */
  wokeAt: number | undefined;
}

export const lastSign = ({ live, second }: Signs): number | undefined =>
  live === undefined || second === undefined ? (live ?? second) : Math.max(live, second);

/** True when the page must warn. */
export function isSilent(signs: Signs, now: number): boolean {
  const isWaking = signs.wokeAt !== undefined && now - signs.wokeAt < WAKING_MS;
  return !isWaking && now - (lastSign(signs) ?? signs.since) >= SILENCE_MS;
}

/** When a clock that ticks every second, and in the background at least every minute, has stood still. */
export const hasSlept = (lastTick: number, now: number): boolean => now - lastTick > 75_000;

export interface SecondPathFacts {
  /** Since when the socket is not up to date; undefined while it is. */
  notLiveSince: number | undefined;
  signs: Signs;
  lastAskedAt: number | undefined;
}

const PATIENCE_MS = 10_000;
export const ASK_EVERY_MS = 5_000;

/** The second path is used while the socket cannot be, and while it is open and says nothing. */
export function needsSecondPath({ notLiveSince, signs }: SecondPathFacts, now: number): boolean {
  const isCut = notLiveSince !== undefined && now - notLiveSince >= PATIENCE_MS;
  return isCut || now - (signs.live ?? signs.since) >= SILENCE_MS;
}

export const isAskDue = (facts: SecondPathFacts, now: number): boolean =>
  needsSecondPath(facts, now) && (facts.lastAskedAt === undefined || now - facts.lastAskedAt >= ASK_EVERY_MS);
