/* What a node measures, as charts: which names belong into one picture, and how their figures are said. Pure. */
import type { Timeline } from "../../../src/domain/telemetry/answers";
import type { Point } from "../metrics/plot";

/** The buckets of a timeline, their starts as moments. */
export const bucketsOf = (points: Timeline["points"]): Point[] =>
  points.flatMap((point) => ("avg" in point ? [{ ...point, start: Date.parse(point.start) }] : []));

/** How a figure is written. */
export type Unit = "percent" | "plain" | "bytes/s" | "celsius" | "bytes";

export interface ChartPlan {
  title: string;
  unit: Unit;
  /** Names of metrics, at most MOST_LINES. */
  names: string[];
}

interface Kind {
  title: string;
  unit: Unit;
  belongs: RegExp;
}

/** In the order of the page; a name belongs to the first that takes it. What is in none is on the page of metrics. */
const KINDS: Kind[] = [
  { title: "Processor", unit: "percent", belongs: /^cpu\.total$/ },
  { title: "Memory", unit: "percent", belongs: /^(mem|swap)\.used_percent$/ },
  { title: "Load", unit: "plain", belongs: /^load\.(1|5|15)$/ },
  { title: "Disk space", unit: "percent", belongs: /^disk\..+\.used_percent$/ },
  { title: "Disk traffic", unit: "bytes/s", belongs: /^disk\.(read|write)_bytes_s$/ },
  { title: "Network", unit: "bytes/s", belongs: /^net\..+\.[rt]x_bytes_s$/ },
  { title: "Temperature", unit: "celsius", belongs: /^temperature\./ },
];
/** More colours are not told apart. */
export const MOST_LINES = 6;

/** `load.15` after `load.5`. */
const byNumber = new Intl.Collator("en", { numeric: true }).compare;

export function plansOf(names: readonly string[]): ChartPlan[] {
  return KINDS.map(({ title, unit, belongs }) => ({
    title,
    unit,
    names: names
      .filter((name) => belongs.test(name))
      .sort(byNumber)
      .slice(0, MOST_LINES),
  })).filter((plan) => plan.names.length > 0);
}

/** What a line is called beside its chart's title: `eth0 rx`, `root`, `1 min`. */
export function lineName(name: string): string {
  const [first = "", ...rest] = name.split(".");
  const last = rest.at(-1) ?? "";
  if (first === "load") return `${last} min`;
  if (first === "net") return `${rest.slice(0, -1).join(".")} ${last.slice(0, 2) === "rx" ? "in" : "out"}`;
  if (first === "disk" && rest.length > 1) return rest.slice(0, -1).join(".");
  if (first === "disk") return last.startsWith("read") ? "read" : "written";
  if (first === "mem") return "memory";
  return first === "cpu" ? "all cores" : rest.length > 1 || first === "temperature" ? last : first;
}

const STEPS = ["B", "kB", "MB", "GB", "TB"];

const powerOf = (value: number): number =>
  Math.min(STEPS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)));

/** What an axis counts in: the highest value is less than a thousand of it. */
export function axisOf(highest: number, unit: Unit): { times: number; word: string } {
  if (unit !== "bytes" && unit !== "bytes/s") return { times: 1, word: "" };
  const power = powerOf(highest);
  return { times: 1_000 ** power, word: `${STEPS[power]}${unit === "bytes" ? "" : "/s"}` };
}

/** Three digits and the power of a thousand that fits. */
function bytes(value: number): string {
  const power = powerOf(value);
  return `${Number((value / 1_000 ** power).toPrecision(3))} ${STEPS[power]}`;
}

export function inUnit(value: number, unit: Unit): string {
  switch (unit) {
    case "percent":
      return `${value.toFixed(1)} %`;
    case "bytes":
      return bytes(value);
    case "bytes/s":
      return `${bytes(value)}/s`;
    case "celsius":
      return `${value.toFixed(0)} °C`;
    case "plain":
      return value.toFixed(2);
    default:
      return unit satisfies never;
  }
}
