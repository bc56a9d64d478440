/* One small picture of what a node measures. Time runs evenly; where buckets are missing, nothing is drawn. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { domainOf } from "../metrics/plot";
import { Axes, PAD, type Scale, Strokes } from "../metrics/strokes";
import type { Span } from "../metrics/view";

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

function scaleOf(width: number, { from, to }: Span, [low, high]: [number, number]): Scale {
  const across = width - PAD.right - PAD.left;
  const down = HEIGHT - PAD.bottom - PAD.top;
  return {
    x: (moment) => PAD.left + ((moment - from) / (to - from)) * across,
    y: (value) => PAD.top + ((high - value) / (high - low)) * down,
    moment: (x) => from + ((x - PAD.left) / across) * (to - from),
  };
}

export function MetricChart({ lines, span, widthMs, isPercent, summary }: MetricChartProps) {
  const element = useRef<HTMLElement>(null);
  const width = useSignal(0);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => {
      width.value = current.clientWidth;
    });
    observer.observe(current);
    width.value = current.clientWidth;
    return () => observer.disconnect();
  }, []);
  const bounds = domain(lines, isPercent);
  const scale = scaleOf(width.value, span, bounds);
  return (
    <figure class="timeline node-chart" ref={element} role="img" aria-label={summary}>
      {width.value > 0 && (
        <svg width={width.value} height={HEIGHT} aria-hidden="true">
          <Axes width={width.value} height={HEIGHT} span={span} zone="UTC" domain={bounds} scale={scale} />
          {lines.map((line) => (
            <Strokes key={line.filter} {...{ line, widthMs, scale, shown: [] }} />
          ))}
        </svg>
      )}
    </figure>
  );
}
