/* What the picture of timelines is made of: its scale, lines, bands and dots of a series, and the axes. */
import { columnsOf, type Line, middleOf, type Point, runsOf, thinned, timeTicks } from "./plot";
import { LABEL_GAP, PAD, type Scale, ticksOf } from "./scale";
import type { Figure, Span } from "./view";
import { tickLabels } from "./words";

const DOT = 2.4;
export const PERCENTILES = ["p50", "p95", "p99"] as const;
type Part = "avg" | (typeof PERCENTILES)[number];

const at = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** One stroke per run of buckets. */
function strokesOf(line: Line, part: Part, widthMs: number, { x, y }: Scale): string {
  const across = (point: Point) => x(middleOf(point, widthMs, line.asOf));
  return runsOf(line.points, widthMs)
    .map((run) => run.filter(({ partial }) => !partial))
    .filter((run) => run.length > 1)
    .map((run) => {
      const drawn = thinned(
        run,
        (point) => Math.floor(across(point)),
        (point) => point[part],
      );
      return `M${drawn.map((point) => at(across(point), y(point[part]))).join("L")}`;
    })
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
  const across = (point: Point) => x(middleOf(point, widthMs, line.asOf));
  return runsOf(line.points, widthMs)
    .map((run) => {
      const columns = columnsOf(run, (point) => Math.floor(across(point))).map((inside) => ({
        x: across(inside[0] as Point),
        top: y(Math.max(...inside.map(({ max }) => max))),
        bottom: y(Math.min(...inside.map(({ min }) => min))),
      }));
      const [first, last] = [columns[0], columns.at(-1)];
      if (first === undefined || last === undefined) return "";
      // A bucket alone has no width of its own.
      if (columns.length === 1) {
        return `M${at(first.x - 2, first.top)}h4V${first.bottom.toFixed(1)}h-4Z`;
      }
      const upper = columns.map((column) => at(column.x, column.top));
      const lower = columns.map((column) => at(column.x, column.bottom)).reverse();
      return `M${upper.join("L")}L${lower.join("L")}Z`;
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
  const { right } = scale;
  const bottom = height - PAD.bottom;
  const values = ticksOf(height, domain);
  const labels = tickLabels(values);
  return (
    <g class="axes">
      {values.map((value, i) => (
        <g key={value}>
          <line class="grid" x1={PAD.left} x2={right} y1={scale.y(value)} y2={scale.y(value)} />
          <text x={right + LABEL_GAP} y={scale.y(value) + 4}>
            {labels[i]}
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
