/* Days and hours of a time zone as moments. The platform's own tables of zones decide; days of 23 and 25 hours are right. */
import { DAY_MS, HOUR_MS } from "./units";

const formats = new Map<string, Intl.DateTimeFormat>();
const MAX_FORMATS = 50;

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: zone, hourCycle: "h23", era: "short" },
      ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" },
    });
    if (formats.size >= MAX_FORMATS) formats.clear();
    formats.set(zone, format);
  }
  return format;
}

/** Whether the platform knows the zone. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What clocks there show minus UTC at a moment, ms. */
export function offsetAt(zone: string, at: number): number {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) parts[type] = value;
  const field = (name: string) => Number(parts[name]);
  const shown = Date.UTC(
    field("year"),
    field("month") - 1,
    field("day"),
    field("hour"),
    field("minute"),
    field("second"),
  );
  return shown - Math.floor(at / 1_000) * 1_000;
}

/** The moment at which a local day begins that has `local` (a moment as if clocks there showed UTC) as its midnight. Where
 * midnight is skipped, the first moment after it. */
function startOfLocalDay(zone: string, local: number): number {
  // Offsets change rarely: the one a day earlier and the one a day later are the only candidates.
  const candidates = [offsetAt(zone, local - DAY_MS), offsetAt(zone, local + DAY_MS)].map((offset) => local - offset);
  const right = candidates.filter((at) => at + offsetAt(zone, at) === local);
  return right.length > 0 ? Math.min(...right) : Math.max(...candidates);
}

/** Starts of all local days that touch [from, to), and the end of the last one: each day is between two neighbours. */
export function dayEdges(zone: string, from: number, to: number): number[] {
  const edges: number[] = [];
  const first = Math.floor((from + offsetAt(zone, from)) / DAY_MS) * DAY_MS;
  for (let local = first; ; local += DAY_MS) {
    const edge = startOfLocalDay(zone, local);
    edges.push(edge);
    if (edge >= to) return edges;
  }
}

/** Whether hours of UTC make hours and days of the zone all through a span. A zone half an hour away has others. */
export function hasWholeHours(zone: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 30 * DAY_MS) if (offsetAt(zone, at) % HOUR_MS !== 0) return false;
  return offsetAt(zone, to) % HOUR_MS === 0;
}
