/* The last day of a node as one bar: its looks by colour and by height, and the same in words. */

import { duration } from "./durations";
import { LOOK_WORDS, LOOKS } from "./look";
import { LookMark } from "./look-mark";
import { type Span, type SpanLook, totalsOf } from "./spans";

const HEIGHT = 48;
/** The worse, the taller: told apart without colours as well. */
const HEIGHTS: Record<SpanLook, number> = {
  down: 48,
  suspect: 40,
  flapping: 40,
  degraded: 34,
  up: 26,
  maintenance: 18,
  stopped: 12,
  new: 12,
  gone: 3,
  unknown: 3,
};
const WORDS: Record<SpanLook, string> = { ...LOOK_WORDS, gone: "Not registered", unknown: "Not known" };
/** A failure of a second is seen in a bar of a day. */
const LEAST_WIDTH = 0.25;

const isLook = (look: SpanLook): look is (typeof LOOKS)[number] => look !== "gone" && look !== "unknown";
/** The worst are drawn last, above their neighbours that they would else hide behind. */
const order = (look: SpanLook): number => (isLook(look) ? LOOKS.indexOf(look) : LOOKS.length);

/** 99.96 % up is not 100 %, and 0.04 % down is not 0. */
function percent(part: number, whole: number): string {
  const exact = (part / whole) * 100;
  if (exact === 100) return "100 %";
  return exact < 0.1 ? "< 0.1 %" : `${Math.min(99.9, exact).toFixed(1)} %`;
}

const agoOf = (hours: number): string => (hours < 1 ? `${hours * 60} min ago` : `${hours} h ago`);

export function StatusBar({ spans, hours }: { spans: readonly Span[]; hours: number }) {
  const [from, to] = [spans[0]?.from ?? 0, spans.at(-1)?.to ?? 1];
  const totals = totalsOf(spans);
  // While there was no node, it was neither up nor down.
  const known = totals.reduce((sum, { look, ms }) => sum + (isLook(look) ? ms : 0), 0);
  const text = totals.map(({ look, ms }) => `${WORDS[look].toLowerCase()} ${duration(ms)}`).join(", ");
  return (
    <div class="status-bar">
      <svg
        viewBox={`0 0 100 ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`The last ${hours === 1 ? "hour" : `${hours} hours`}: ${text}.`}
      >
        {spans
          .toSorted((a, b) => order(b.look) - order(a.look))
          .map((span) => (
            <rect
              key={span.from}
              class={`span-${span.look}`}
              x={((span.from - from) / (to - from)) * 100}
              width={Math.max(LEAST_WIDTH, ((span.to - span.from) / (to - from)) * 100)}
              y={HEIGHT - HEIGHTS[span.look]}
              height={HEIGHTS[span.look]}
            />
          ))}
      </svg>
      <div class="bars-axis muted small" aria-hidden="true">
        {[hours, hours * 0.75, hours / 2, hours / 4].map((ago) => (
          <span key={ago}>{agoOf(ago)}</span>
        ))}
        <span>now</span>
      </div>
      <ul class="status-totals tabular">
        {totals.map(({ look, ms, times }) => (
          <li key={look}>
            {isLook(look) ? (
              <>
                <LookMark look={look} /> {percent(ms, known)}
              </>
            ) : (
              <span class="muted">{WORDS[look]}</span>
            )}
            <span class="muted">
              {" "}
              {duration(ms)}
              {look === "down" && times > 1 ? `, ${times} times` : ""}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
