/* The shape of an hour, for the small picture in a row. Pure. */
import { HOUR_MS, MINUTE_MS } from "../../../src/domain/units";
import { type Point, runsOf } from "./plot";

export const WIDTH = 120;
export const HEIGHT = 28;
const PAD = 3;

export interface Shape {
  /** A line per run of minutes. */
  lines: string;
  /** A dot per minute without neighbours. */
  dots: string;
}

export function shapeOf(points: readonly Point[], to: number): Shape {
  const values = points.map(({ avg }) => avg);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (at: number) => PAD + ((at + HOUR_MS - to) / HOUR_MS) * (WIDTH - 2 * PAD);
  const y = (v: number) => (high === low ? HEIGHT / 2 : HEIGHT - PAD - ((v - low) / (high - low)) * (HEIGHT - 2 * PAD));
  const runs = runsOf(points, MINUTE_MS).map((run) =>
    run.map(({ start, avg }) => `${x(start).toFixed(1)} ${y(avg).toFixed(1)}`),
  );
  return {
    lines: runs.map((run) => (run.length > 1 ? `M${run.join("L")}` : "")).join(""),
    dots: runs.map((run) => (run.length === 1 ? `M${run[0]}h0` : "")).join(""),
  };
}
