/* Metrics of the demo: prices of the sample of ticks, and a few series made here. Those are a function of time alone, so
 * that any two runs of the demo agree about any moment. */

import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/units.ts";
import type { Tick } from "./ticks.ts";
import type { Due } from "./track.ts";

const SECOND_MS = 1_000;

/** Each made series has a sample so often. */
export const EVERY_MS = 2 * SECOND_MS;
/** What is there when the demo begins: so many minutes, by the minute, and before them so many hours, by the hour. */
const MINUTES_BEFORE = 6 * 60;
const HOURS_BEFORE = 30 * 24;

export interface SamplePost {
  name: string;
  value: number;
  timestamp: number;
  labels?: Record<string, string>;
  id?: string;
}

/** A number from 0 to 1 that only looks random. */
function scatter(n: number, salt: number): number {
  let x = (Math.trunc(n) ^ Math.imul(salt, 0x9e3779b1)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

/** From −1 to 1, changing gently: scattered values every `everyMs`, smoothly joined. */
function drift(at: number, everyMs: number, salt: number): number {
  const n = Math.floor(at / everyMs);
  const part = at / everyMs - n;
  const smooth = part * part * (3 - 2 * part);
  return 2 * (scatter(n, salt) * (1 - smooth) + scatter(n + 1, salt) * smooth) - 1;
}

const wave = (at: number, periodMs: number, shift = 0): number => Math.sin(2 * Math.PI * (at / periodMs + shift));
const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits));

interface Made {
  name: string;
  labels?: Record<string, string>;
  /** Undefined: nothing is said at that moment. */
  at(moment: number): number | undefined;
}

const room = (name: string, base: number, swing: number, salt: number): Made => ({
  name: "demo.temperature",
  labels: { room: name },
  at: (t) => rounded(base + swing * wave(t, DAY_MS, -0.4) + 0.6 * drift(t, 20 * MINUTE_MS, salt)),
});

/** Its radio is bad: it is not heard for some minutes of every hour. */
function cellar(): Made {
  const { at, ...rest } = room("cellar", 9, 0.8, 3);
  return { ...rest, at: (t) => (t % HOUR_MS > 36 * MINUTE_MS && t % HOUR_MS < 43 * MINUTE_MS ? undefined : at(t)) };
}

/** Work comes in bursts and is worked off until there is none. */
const queue: Made = {
  name: "demo.queue.depth",
  at(t) {
    const sinceBurst = t % (7 * MINUTE_MS);
    const burst = 40 + 120 * scatter(t / (7 * MINUTE_MS), 5);
    return Math.max(0, Math.round(burst - sinceBurst / (1.6 * SECOND_MS)));
  },
};

/** Most answers are quick, a few are very slow. */
const latency = (route: string, base: number, salt: number): Made => ({
  name: "demo.latency_ms",
  labels: { route },
  at(t) {
    const luck = scatter(t / EVERY_MS, salt);
    const slow = luck > 0.985 ? 12 : luck > 0.93 ? 3 : 1;
    return rounded(base * slow * (1 + 0.35 * wave(t, 3 * HOUR_MS) + 0.4 * luck));
  },
});

const SERIES: Made[] = [
  ...[room("kitchen", 21, 1.8, 1), room("office", 22.5, 1.2, 2), cellar()],
  ...[queue, latency("/search", 38, 6), latency("/orders", 85, 7)],
];

/** What the made series say at a moment. */
export function madeAt(timestamp: number): SamplePost[] {
  return SERIES.flatMap(({ name, labels, at }) => {
    const value = at(timestamp);
    return value === undefined ? [] : [{ name, value, timestamp, ...(labels === undefined ? {} : { labels }) }];
  });
}

/** Moments of the made series in (after, upTo]. */
export function momentsBetween(after: number, upTo: number): number[] {
  const moments: number[] = [];
  for (let at = Math.floor(after / EVERY_MS + 1) * EVERY_MS; at <= upTo; at += EVERY_MS) moments.push(at);
  return moments;
}

/** What would be there if the demo had run for long: samples by the hour, then by the minute, oldest first. */
export function past(now: number): SamplePost[] {
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const hours = Array.from({ length: HOURS_BEFORE }, (_, i) => minute - MINUTES_BEFORE * MINUTE_MS - (i + 1) * HOUR_MS);
  const minutes = Array.from({ length: MINUTES_BEFORE }, (_, i) => minute - (i + 1) * MINUTE_MS);
  return [...minutes, ...hours].reverse().flatMap(madeAt);
}

export const priceSample = ({ recorded, at, id }: Due<Tick>): SamplePost => ({
  name: "demo.price",
  value: Number(recorded.price),
  timestamp: at,
  labels: { symbol: recorded.symbol },
  id,
});
