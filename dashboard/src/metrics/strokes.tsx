/* What the picture of timelines is made of: lines, bands and dots of a series, and the axes. */
import { type Line, middleOf, type Point, runsOf, timeTicks, valueTicks } from "./plot";
import type { Figure, Span } from "./view";
import { brief } from "./words";

export const PAD = { top: 12, right: 62, bottom: 26, left: 8 };
const DOT = 2.4;
export const PERCENTILES = ["p50", "p95", "p99"] as const;
type Part = "avg" | (typeof PERCENTILES)[number];

export interface Scale {
  x(at: number): number;
  y(value: number): number;
  /** The moment at a place. */
  moment(x: number): number;
}

const at = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** One stroke per run of buckets. */
function strokesOf(line: Line, part: Part, widthMs: number, { x, y }: Scale): string {
  const place = (point: Point) => at(x(middleOf(point, widthMs, line.asOf)), y(point[part]));
  return runsOf(line.points, widthMs)
    .map((run) => run.filter(({ partial }) => !partial))
    .filter((run) => run.length > 1)
    .map((run) => `M${run.map(place).join("L")}`)
    .join("");
}

/** From the last finished bucket to the one that is not: it may still change. */
function unfinished(line: Line, part: Part, widthMs: number, { x, y }: Scale): string {
  const [before, last] = line.points.slice(-2);
  if (before === undefined || last?.partial !== true || last.start - before.start >= widthMs * 1.5) return "";
  const place = (point: Point) => at(x(middleOf(point, widthMs, line.asOf)), y(point[part]));
  return `M${place(before)}L${place(last)}`;
}

function bandOf(line: Line, widthMs: number, { x, y }: Scale): string {
  return runsOf(line.points, widthMs)
    .map((run) => {
      const only = run.length === 1 ? 2 : 0;
      const xs = run.map((point) => x(middleOf(point, widthMs, line.asOf)));
      const upper = run.map((point, i) => at((xs[i] as number) - only, y(point.max)));
      const lower = run.map((point, i) => at((xs[i] as number) - only, y(point.min))).reverse();
      if (only === 0) return `M${upper.join("L")}L${lower.join("L")}Z`;
      const [point, middle] = [run[0] as Point, xs[0] as number];
      return `M${upper[0]}L${at(middle + only, y(point.max))}L${at(middle + only, y(point.min))}L${lower[0]}Z`;
    })
    .join("");
}

export function Strokes({
  line,
  widthMs,
  scale,
  shown,
}: {
  line: Line;
  widthMs: number;
  scale: Scale;
  shown: Figure[];
}) {
  const parts: Part[] = ["avg", ...PERCENTILES.filter((name) => shown.includes(name))];
  const lonely = runsOf(line.points, widthMs).filter((run) => run.filter(({ partial }) => !partial).length === 1);
  const last = line.points.at(-1);
  return (
    <g class={`series series-${line.colour}`} data-series={line.filter}>
      {shown.includes("band") && <path class="series-band" d={bandOf(line, widthMs, scale)} />}
      {parts.map((part) => (
        <g key={part}>
          <path class={`series-line ${part}`} d={strokesOf(line, part, widthMs, scale)} />
          <path class={`series-line ${part} unfinished`} d={unfinished(line, part, widthMs, scale)} />
        </g>
      ))}
      {lonely.map(([point]) => (
        <circle
          key={point?.start}
          class="series-dot"
          r={DOT}
          cx={scale.x(middleOf(point as Point, widthMs, line.asOf))}
          cy={scale.y((point as Point).avg)}
        />
      ))}
      {last?.partial && (
        <circle
          class="series-partial"
          r={DOT + 1.2}
          cx={scale.x(middleOf(last, widthMs, line.asOf))}
          cy={scale.y(last.avg)}
        />
      )}
    </g>
  );
}

/** Raw values are dots: nothing is known between them. */
export function Dots({ line, scale }: { line: Line; scale: Scale }) {
  const d = line.points.map((point) => `M${at(scale.x(point.start), scale.y(point.avg))}h0`).join("");
  return (
    <g class={`series series-${line.colour}`} data-series={line.filter}>
      <path class="series-raw" d={d} />
    </g>
  );
}

export function Axes({ width, height, span, zone, domain, scale }: AxesProps) {
  const right = width - PAD.right;
  const bottom = height - PAD.bottom;
  const values = valueTicks(domain[0], domain[1], height / 45);
  return (
    <g class="axes">
      {values.map((value) => (
        <g key={value}>
          <line class="grid" x1={PAD.left} x2={right} y1={scale.y(value)} y2={scale.y(value)} />
          <text x={right + 8} y={scale.y(value) + 4}>
            {brief(value)}
          </text>
        </g>
      ))}
      {timeTicks(span, zone, Math.max(2, width / 90)).map((tick) => (
        <g key={tick.at}>
          <line class="grid" x1={scale.x(tick.at)} x2={scale.x(tick.at)} y1={PAD.top} y2={bottom} />
          <text class="time-label" x={Math.max(PAD.left + 16, scale.x(tick.at))} y={height - 7}>
            {tick.label}
          </text>
        </g>
      ))}
    </g>
  );
}
interface AxesProps {
  width: number;
  height: number;
  span: Span;
  zone: string;
  domain: [number, number];
  scale: Scale;
}
