/* The chart of a symbol with the choice of its resolution: reads candles, follows ticks, reads the tail again. */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { lazy } from "preact-iso";
import { RESOLUTION_NAMES, RESOLUTIONS, type Resolution } from "../../../src/domain/bucket";
import type { Candle } from "../../../src/domain/prices/candle";
import { call, segment } from "../api/client";
import type { Problem } from "../api/problem";
import { onLiveAgain } from "../live/feed";
import { dateTime, momentOf, priceText } from "../ui/format";
import { Loading, Notice, ProblemNotice } from "../ui/notice";
import { SegmentedControl } from "../ui/segmented-control";
import { CandleSeries, type ChartCandle, SPAN } from "./candle-series";
import { onTick } from "./store";

/** A page that was open while a new version was installed asks for a file that is gone. */
function NoChart() {
  return (
    <Notice kind="warning">
      The chart could not be loaded; the page may have been updated meanwhile.
      <button type="button" class="button small" onClick={() => location.reload()}>
        Reload the page
      </button>
    </Notice>
  );
}

const Chart = lazy(() => import("./chart").catch(() => ({ default: NoChart as typeof import("./chart").default })));

const isoOf = (at: number): string => new Date(at).toISOString();

/** The API refuses spans of more than 5,000 buckets, and recorded ticks lie far back. */
const MOST_BUCKETS = 2_000;
const TAIL_EVERY_MS = 5_000;
const resolution = signal<Resolution>("minute");

interface CandlesProps {
  symbol: string;
  /** Time of the last price: recorded ticks are charted around when they happened. */
  anchor: number;
  decimals: number;
}

interface Loaded {
  loads: number;
  moved: ChartCandle | undefined;
  problem: Problem | undefined;
}

function useCandles(symbol: string, anchor: number, series: CandleSeries) {
  const state = useSignal<Loaded>({ loads: 0, moved: undefined, problem: undefined });
  useEffect(() => {
    const gone = new AbortController();
    const read = async (from: number) => {
      const to = from + MOST_BUCKETS * RESOLUTIONS[series.resolution];
      const query = new URLSearchParams({ resolution: series.resolution, from: isoOf(from), to: isoOf(to) });
      const answer = await call<{ candles: Candle[] }>(`/prices/${segment(symbol)}/candles?${query}`, {
        signal: gone.signal,
      });
      if (gone.signal.aborted) return;
      if (answer.ok) series.load(answer.value.candles);
      const { loads } = state.peek();
      state.value = answer.ok
        ? { loads: loads + 1, moved: undefined, problem: undefined }
        : { ...state.peek(), problem: answer.problem };
    };
    const start = anchor - SPAN[series.resolution] * RESOLUTIONS[series.resolution];
    state.value = { loads: 0, moved: undefined, problem: undefined };
    void read(start);
    const timer = setInterval(() => {
      if (document.visibilityState === "visible")
        void read(state.peek().loads > 0 ? (series.tailFrom() ?? start) : start);
    }, TAIL_EVERY_MS);
    const stopWaiting = onLiveAgain(() => void read(series.tailFrom() ?? start));
    const stop = onTick((of, frame) => {
      const data = frame.data as { price?: unknown; timestamp?: unknown; late?: unknown } | null;
      if (of !== symbol || frame.type !== "price" || data?.late === true || state.peek().loads === 0) return;
      const moved = series.tick(Number(data?.price), momentOf(data?.timestamp));
      if (moved !== undefined) state.value = { ...state.peek(), moved };
    });
    return () => {
      gone.abort();
      clearInterval(timer);
      stopWaiting();
      stop();
    };
  }, [symbol, series]);
  return state;
}

function inWords(series: CandleSeries, symbol: string, decimals: number): string {
  const last = series.list().at(-1);
  if (last === undefined) return `No candles of ${symbol} yet.`;
  const f = (n: number) => priceText(n, decimals);
  return (
    `Candle chart of ${symbol} by ${series.resolution}. The last candle, from ${dateTime(last.start)} UTC: ` +
    `open ${f(last.open)}, high ${f(last.high)}, low ${f(last.low)}, close ${f(last.close)}, volume ${last.volume}.`
  );
}

export function Candles({ symbol, anchor, decimals }: CandlesProps) {
  const chosen = resolution.value;
  const series = useMemo(() => new CandleSeries(chosen), [symbol, chosen]);
  const { loads, moved, problem } = useCandles(symbol, anchor, series).value;
  return (
    <section class="panel" aria-labelledby="candles">
      <div class="panel-head">
        <h2 id="candles">Candles</h2>
        <SegmentedControl
          legend="Resolution"
          name="resolution"
          options={RESOLUTION_NAMES}
          chosen={chosen}
          choose={(name) => {
            resolution.value = name;
          }}
        />
      </div>
      {problem !== undefined && <ProblemNotice problem={problem} />}
      {loads === 0 && problem === undefined && <Loading what="candles" />}
      {loads > 0 && !series.isDrawable && (
        <p class="muted nothing">Prices as large as these cannot be drawn. Their figures are below.</p>
      )}
      {loads > 0 && series.isDrawable && (
        <Chart
          series={series}
          loads={loads}
          moved={moved}
          decimals={decimals}
          summary={inWords(series, symbol, decimals)}
        />
      )}
      <p class="muted small">Times are UTC. The last candle is unfinished; its volume is read again every 5 seconds.</p>
    </section>
  );
}
