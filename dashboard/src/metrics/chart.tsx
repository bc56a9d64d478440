/* The picture of timelines. Drawn as SVG in the page's colours; time runs evenly, and where buckets are missing there is
 * nothing. The arrow keys move a mark along it; what is under the mark stands in the table below. */
import type { Signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useWidth } from "../ui/width";
import { momentByKey, momentsOf, valueText } from "./moments";
import { domainOf, type Line } from "./plot";
import { PAD, type Scale, scaleOf } from "./scale";
import { Axes, Dots, PERCENTILES, Strokes } from "./strokes";
import type { Figure, Span } from "./view";

const HEIGHT = 320;
const PHONE_HEIGHT = 260;
const PHONE_PX = 520;
const ROOM = 6;

interface PictureProps {
  lines: Line[];
  span: Span;
  widthMs: number;
  zone: string;
  shown: Figure[];
}

interface ChartProps extends PictureProps {
  /** The moment looked at, epoch ms; undefined: the latest. */
  mark: Signal<number | undefined>;
  /** What the picture says, in words. */
  summary: string;
  isOld: boolean;
}

function* valuesOf({ lines, shown }: Pick<PictureProps, "lines" | "shown">): Generator<number> {
  for (const { points } of lines) {
    for (const point of points) {
      yield point.avg;
      if (shown.includes("band")) yield* [point.min, point.max];
      for (const name of PERCENTILES) if (shown.includes(name)) yield point[name];
    }
  }
}

interface SizedProps extends PictureProps {
  width: number;
  height: number;
  domain: [number, number];
  scale: Scale;
}

/** All but the mark. */
function Picture({ lines, span, widthMs, zone, shown, width, height, domain, scale }: SizedProps) {
  return (
    <>
      <clipPath id="timeline-clip">
        {/* Room for half a mark at the end. */}
        <rect x={PAD.left} y={0} width={Math.max(0, scale.right - PAD.left + ROOM)} height={height} />
      </clipPath>
      <Axes {...{ width, height, span, zone, domain, scale }} />
      <g clip-path="url(#timeline-clip)">
        {lines.map((line) =>
          widthMs === 0 ? (
            <Dots key={line.filter} line={line} scale={scale} />
          ) : (
            <Strokes key={line.filter} {...{ line, widthMs, scale, shown }} />
          ),
        )}
      </g>
    </>
  );
}

/** Drawn again when what it shows has changed, not whenever the mark moves or a second passes. */
function usePicture(picture: PictureProps, width: number) {
  const { lines, span, widthMs, zone, shown } = picture;
  const height = width < PHONE_PX ? PHONE_HEIGHT : HEIGHT;
  return useMemo(() => {
    const domain = domainOf(valuesOf(picture)) ?? [0, 1];
    const scale = scaleOf(width, height, span, domain);
    const still = <Picture {...{ ...picture, width, height, domain, scale }} />;
    return { height, scale, still, moments: momentsOf(lines) };
  }, [lines, width, span.from, span.to, widthMs, zone, shown.join()]);
}

/** By pointer and by keys. */
function handlers(scale: Scale, moments: number[], mark: Signal<number | undefined>) {
  const point = (event: PointerEvent) => {
    const moment = scale.moment(event.clientX - (event.currentTarget as Element).getBoundingClientRect().left);
    mark.value = moments.findLast((start) => start <= moment) ?? moments[0];
  };
  return {
    onPointerMove: point,
    onPointerDown: point,
    onPointerLeave(event: PointerEvent) {
      if (event.pointerType === "mouse") mark.value = undefined;
    },
    onKeyDown(event: KeyboardEvent) {
      if (event.key === "Escape") mark.value = undefined;
      const to = momentByKey(event.key, moments, mark.peek());
      if (to === undefined) return;
      event.preventDefault();
      mark.value = to;
    },
  };
}

export function Chart({ mark, summary, isOld, ...picture }: ChartProps) {
  const { lines, widthMs, zone } = picture;
  const { element, width } = useWidth<HTMLDivElement>();
  const { height, scale, still, moments } = usePicture(picture, width);
  const marked = mark.value;
  const at = marked ?? moments.at(-1);
  const x = marked === undefined ? undefined : scale.x(marked + widthMs / 2);
  return (
    <div
      class={`timeline ${isOld ? "old" : ""}`}
      ref={element}
      role="slider"
      tabIndex={0}
      aria-label={summary}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, moments.length - 1)}
      aria-valuenow={at === undefined ? 0 : Math.max(0, moments.indexOf(at))}
      aria-valuetext={at === undefined ? "nothing" : valueText(lines, at, zone, widthMs)}
      {...handlers(scale, moments, mark)}
    >
      {width > 0 && (
        <svg width={width} height={height} aria-hidden="true">
          {still}
        </svg>
      )}
      {/* Outside of the picture, which is then not painted again for it. */}
      {x !== undefined && (
        <div
          class="timeline-mark"
          style={{ transform: `translateX(${x}px)`, top: `${PAD.top}px`, height: `${height - PAD.bottom - PAD.top}px` }}
        />
      )}
    </div>
  );
}
