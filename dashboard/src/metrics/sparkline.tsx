/* The last hour of a metric, by the minute: its shape only. Read while its row is in view, a few rows at a time. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Timeline } from "../../../src/domain/telemetry/answers";
import { HOUR_MS } from "../../../src/domain/units";
import { call, segment } from "../api/client";
import { serverNow } from "../ui/clock";
import type { Point } from "./plot";
import { pointsOf } from "./readings";
import { HEIGHT, type Shape, shapeOf, WIDTH } from "./spark-shape";

const EVERY_MS = 15_000;
const AT_ONCE = 4;

const waiting: (() => Promise<void>)[] = [];
let running = 0;
async function run(): Promise<void> {
  running++;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
  running--;
}

async function lastHour(name: string, signal: AbortSignal): Promise<{ points: Point[]; to: number } | undefined> {
  const from = new Date(serverNow() - HOUR_MS).toISOString();
  const query = new URLSearchParams({ resolution: "minute", from });
  const answer = await call<Timeline>(`/metrics/${segment(name)}?${query}`, { signal });
  if (!answer.ok) return undefined;
  return { points: pointsOf(answer.value.points), to: Date.parse(answer.value.as_of) };
}

export function Sparkline({ name }: { name: string }) {
  const element = useRef<SVGSVGElement>(null);
  const shape = useSignal<Shape | undefined>(undefined);
  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isInView = false;
    const read = async () => {
      if (gone.signal.aborted || !isInView) return;
      const hour = await lastHour(name, gone.signal);
      if (gone.signal.aborted) return;
      // A refusal leaves the row without a picture rather than with an old one.
      shape.value = hour === undefined ? undefined : shapeOf(hour.points, hour.to);
      timer = setTimeout(enqueue, EVERY_MS);
    };
    const enqueue = () => {
      clearTimeout(timer);
      waiting.push(read);
      if (running < AT_ONCE) void run();
    };
    const observer = new IntersectionObserver(([entry]) => {
      const wasInView = isInView;
      isInView = entry?.isIntersecting ?? false;
      if (isInView && !wasInView) enqueue();
    });
    if (element.current !== null) observer.observe(element.current);
    return () => {
      gone.abort();
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [name]);
  return (
    <svg ref={element} class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true">
      {shape.value !== undefined && <path d={shape.value.lines} />}
      {shape.value !== undefined && <path class="lone" d={shape.value.dots} />}
    </svg>
  );
}
