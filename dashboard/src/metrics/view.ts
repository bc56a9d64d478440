/* What of a metric somebody looks at: the span, the resolution, the series, the figures. All of it is in the address, so
 * that a view can be sent to somebody. Pure. */
import { RESOLUTION_NAMES, RESOLUTIONS } from "../../../src/domain/bucket";
import type { TimelineResolution } from "../../../src/domain/telemetry/points";
import type { Labels } from "../../../src/domain/telemetry/sample";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/domain/units";
import { hasWholeHours, isZone } from "../../../src/domain/zone";

/** What may be looked at, with a word for it. Each ends now. */
export const RANGES = {
  "15m": { ms: 15 * MINUTE_MS, words: "15 minutes" },
  "1h": { ms: HOUR_MS, words: "hour" },
  "6h": { ms: 6 * HOUR_MS, words: "6 hours" },
  "24h": { ms: DAY_MS, words: "24 hours" },
  "7d": { ms: 7 * DAY_MS, words: "7 days" },
  "30d": { ms: 30 * DAY_MS, words: "30 days" },
  "90d": { ms: 90 * DAY_MS, words: "90 days" },
  "1y": { ms: 365 * DAY_MS, words: "year" },
} as const;
export type RangeName = keyof typeof RANGES;
export const RANGE_NAMES = Object.keys(RANGES) as RangeName[];

export const RESOLUTION_CHOICES: TimelineResolution[] = ["raw", ...RESOLUTION_NAMES];
/** The API answers 11,000 buckets at most; a zone's days and the first bucket may be some more. */
const MOST_BUCKETS = 10_500;
/** From here on the next coarser resolution is chosen, unless somebody asks. */
const ENOUGH_BUCKETS = 1_500;

export const FIGURES = ["band", "p50", "p95", "p99"] as const;
export type Figure = (typeof FIGURES)[number];
/** More colours are not told apart. */
export const MOST_SERIES = 6;

export interface Span {
  from: number;
  to: number;
}

export interface View {
  range: RangeName | Span;
  /** Undefined: what suits the range. */
  resolution: TimelineResolution | undefined;
  zone: string;
  /** Label filters as the API reads them; "" is all series of the metric, merged. */
  series: string[];
  shown: Figure[];
}

export const isNow = (view: Pick<View, "range">): boolean => typeof view.range === "string";
const lengthOf = ({ range }: Pick<View, "range">): number =>
  typeof range === "string" ? RANGES[range].ms : range.to - range.from;

export function spanOf(view: Pick<View, "range">, now: number): Span {
  return typeof view.range === "string" ? { from: now - RANGES[view.range].ms, to: now } : view.range;
}

/** Whether the API answers so many buckets. */
export const fits = (view: Pick<View, "range">, resolution: TimelineResolution): boolean =>
  resolution === "raw" || lengthOf(view) / RESOLUTIONS[resolution] <= MOST_BUCKETS;

export function resolutionOf(view: Pick<View, "range" | "resolution">): TimelineResolution {
  if (view.resolution !== undefined && fits(view, view.resolution)) return view.resolution;
  return RESOLUTION_NAMES.find((name) => lengthOf(view) / RESOLUTIONS[name] <= ENOUGH_BUCKETS) ?? "day";
}

const DEFAULT_RANGE: RangeName = "1h";
const DEFAULT_SHOWN: Figure[] = ["band"];
const NOTHING = "none";

function momentIn(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? "";
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

/** What an address says; where it says nothing sensible, what is usual. */
export function readView(query: URLSearchParams): View {
  const [from, to] = [momentIn(query, "from"), momentIn(query, "to")];
  const name = RANGE_NAMES.find((range) => range === query.get("range"));
  const shown = query.get("show")?.split(",");
  const series = [...new Set(query.getAll("series"))].slice(0, MOST_SERIES);
  const zone = query.get("zone") ?? "UTC";
  return {
    range: name ?? (from < to ? { from, to } : DEFAULT_RANGE),
    resolution: RESOLUTION_CHOICES.find((resolution) => resolution === query.get("resolution")),
    zone: isZone(zone) ? zone : "UTC",
    series: series.length === 0 ? [""] : series,
    shown: shown === undefined ? DEFAULT_SHOWN : FIGURES.filter((figure) => shown.includes(figure)),
  };
}

/** The query of an address, without what is usual. */
export function writeView(view: View): string {
  const query = new URLSearchParams();
  if (typeof view.range !== "string") {
    query.set("from", new Date(view.range.from).toISOString());
    query.set("to", new Date(view.range.to).toISOString());
  } else if (view.range !== DEFAULT_RANGE) query.set("range", view.range);
  if (view.resolution !== undefined) query.set("resolution", view.resolution);
  if (view.zone !== "UTC") query.set("zone", view.zone);
  if (view.series.length > 1 || view.series[0] !== "") for (const series of view.series) query.append("series", series);
  const shown = view.shown.length === 0 ? NOTHING : view.shown.join(",");
  if (shown !== DEFAULT_SHOWN.join(",")) query.set("show", shown);
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** Zones to choose from: UTC, the browser's where hours of UTC make its hours, and the one of the address. */
export function zonesFor(view: View, browser: string, now: number): { zones: string[]; isBrowserLeftOut: boolean } {
  const { from, to } = spanOf(view, now);
  const needsHours = ["hour", "day"].includes(resolutionOf(view));
  const isUsable = !needsHours || hasWholeHours(browser, from, to);
  const zones = new Set(["UTC", ...(isUsable ? [browser] : []), view.zone]);
  return { zones: [...zones], isBrowserLeftOut: !isUsable };
}

/** A label filter as text: `host=web-1,disk=sda`, or JSON where that would be read otherwise. */
export function filterText(labels: Labels): string {
  const pairs = Object.entries(labels);
  const isPlain = pairs.every(([name, value]) => !value.includes(",") && !name.startsWith("{"));
  return isPlain ? pairs.map(([name, value]) => `${name}=${value}`).join(",") : JSON.stringify(labels);
}

/** What may be added: each series with labels, and each label that several have. Sorted, without what is there. */
export function suggestionsOf(series: readonly Labels[], present: readonly string[]): string[] {
  const texts = new Set<string>();
  for (const labels of series) {
    if (Object.keys(labels).length === 0) continue;
    texts.add(filterText(labels));
    for (const [name, value] of Object.entries(labels)) texts.add(filterText({ [name]: value }));
  }
  for (const text of present) texts.delete(text);
  return [...texts].sort();
}

/** Labels that tell series apart, those of most series first: what somebody may want to see alone. */
export function commonLabels(series: readonly Labels[], present: readonly string[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const [name, value] of series.flatMap((labels) => Object.entries(labels))) {
    const text = filterText({ [name]: value });
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts]
    .filter(([text, count]) => count < series.length && !present.includes(text))
    .sort(([a, many], [b, more]) => more - many || a.localeCompare(b, "en", { numeric: true }))
    .slice(0, most)
    .map(([text]) => text);
}
