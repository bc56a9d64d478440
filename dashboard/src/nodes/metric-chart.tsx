/* One small picture of what a node measures. Time runs evenly; where buckets are missing, nothing is drawn. */
import { domainOf } from "../metrics/plot";
import { scaleOf } from "../metrics/scale";
import { Axes, Strokes } from "../metrics/strokes";
import type { Span } from "../metrics/view";
import { useWidth } from "../ui/width";

const HEIGHT = 170;

export type ChartLine = Parameters<typeof Strokes>[0]["line"];

interface MetricChartProps {
  lines: ChartLine[];
  span: Span;
  widthMs: number;
  /** Percent begin at nothing and end at all, so that charts compare. */
  isPercent: boolean;
  /** What the picture says, in words. */
  summary: string;
}

/** Rates and loads begin at nothing too: half as high is half as much. */
function domain(lines: ChartLine[], isPercent: boolean): [number, number] {
  const [, high] = domainOf(lines.flatMap(({ points }) => points.map(({ avg }) => avg))) ?? [0, 1];
  return [0, isPercent ? 100 : Math.max(high, Number.EPSILON)];
}

export function MetricChart({ lines, span, widthMs, isPercent, summary }: MetricChartProps) {
  const { element, width } = useWidth<HTMLElement>();
  const bounds = domain(lines, isPercent);
  const scale = scaleOf(width, HEIGHT, span, bounds);
  return (
    <figure class="timeline node-chart" ref={element} role="img" aria-label={summary}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} aria-hidden="true">
          <Axes width={width} height={HEIGHT} span={span} zone="UTC" domain={bounds} scale={scale} />
          {lines.map((line) => (
            <Strokes key={line.filter} {...{ line, widthMs, scale, shown: [] }} />
          ))}
        </svg>
      )}
    </figure>
  );
}
