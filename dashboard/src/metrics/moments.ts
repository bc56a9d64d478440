/* Moving along a picture: which moments there are, and where a key goes. Pure. */
import { type Line, localTime } from "./plot";
import { brief } from "./words";

/** All moments that have a point, in order. */
export function momentsOf(lines: Line[]): number[] {
  return [...new Set(lines.flatMap(({ points }) => points.map(({ start }) => start)))].sort((a, b) => a - b);
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

/** The moment that a key goes to; undefined for keys that go nowhere. */
export function momentByKey(key: string, moments: readonly number[], mark: number | undefined): number | undefined {
  if (key === "Home") return moments[0];
  if (key === "End") return moments.at(-1);
  const step = STEPS[key];
  if (step === undefined) return undefined;
  const before = mark === undefined ? moments.length - 1 : moments.findLastIndex((moment) => moment <= mark);
  return moments[Math.min(moments.length - 1, Math.max(0, before + step))];
}

/** What is at a moment, in words. */
export function valueText(lines: Line[], start: number, zone: string, widthMs: number): string {
  const parts = lines.map(({ label, points }) => {
    const point = points.find((candidate) => candidate.start === start);
    return `${label} ${point === undefined ? "no samples" : brief(point.avg)}`;
  });
  return `${localTime(start, zone, widthMs)}: ${parts.join(", ")}`;
}
