/* The candle chart: TradingView's lightweight-charts, in the page's colours. Loaded only when a symbol is opened. */
import {
  CandlestickSeries,
  type ChartOptions,
  ColorType,
  CrosshairMode,
  createChart,
  type DeepPartial,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useRef } from "preact/hooks";
import type { Resolution } from "../../../src/domain/bucket";
import { priceText } from "../ui/format";
import { colour, isDark } from "../ui/theme";
import type { CandleSeries, ChartCandle } from "./candle-series";

/** So few candles are drawn wider: a single thin one looks like a fault. */
const FEW = 40;

interface Drawing {
  chart: IChartApi;
  candles: ISeriesApi<"Candlestick">;
  volumes: ISeriesApi<"Histogram">;
}

const time = (c: ChartCandle) => (c.start / 1_000) as UTCTimestamp;
const bar = (c: ChartCandle) => ({ time: time(c), open: c.open, high: c.high, low: c.low, close: c.close });
const volume = (c: ChartCandle) => ({
  time: time(c),
  value: c.volume,
  color: colour(c.close >= c.open ? "up-soft" : "down-soft"),
});

function options(resolution: Resolution): DeepPartial<ChartOptions> {
  return {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: "transparent" },
      textColor: colour("muted"),
      fontFamily: getComputedStyle(document.body).fontFamily,
      fontSize: 12,
    },
    grid: { vertLines: { color: colour("grid") }, horzLines: { color: colour("grid") } },
    rightPriceScale: { borderVisible: false, entireTextOnly: true, scaleMargins: { top: 0.08, bottom: 0.24 } },
    timeScale: { borderVisible: false, timeVisible: resolution !== "day", secondsVisible: false, rightOffset: 3 },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: colour("muted"), labelBackgroundColor: colour("label") },
      horzLine: { color: colour("muted"), labelBackgroundColor: colour("label") },
    },
    // The wheel belongs to the page; charts are moved by dragging and pinching.
    handleScroll: { mouseWheel: false },
    handleScale: { mouseWheel: false },
  };
}

function paint({ candles, volumes, chart }: Drawing, resolution: Resolution, decimals: number): void {
  chart.applyOptions(options(resolution));
  const [up, down] = [colour("candle-up"), colour("candle-down")];
  candles.applyOptions({
    upColor: up,
    downColor: down,
    borderVisible: false,
    wickUpColor: up,
    wickDownColor: down,
    priceFormat: { type: "custom", formatter: (p: number) => priceText(p, decimals), minMove: 10 ** -decimals },
  });
  volumes.applyOptions({ priceLineVisible: false, lastValueVisible: false, priceFormat: { type: "volume" } });
}

function draw(container: HTMLElement, resolution: Resolution): Drawing {
  const chart = createChart(container, options(resolution));
  const volumes = chart.addSeries(HistogramSeries, { priceScaleId: "volume" });
  chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
  return { chart, candles: chart.addSeries(CandlestickSeries), volumes };
}

interface ChartProps {
  series: CandleSeries;
  /** Counts answers of the API: the whole series is drawn again. */
  loads: number;
  /** The candle the last tick changed. */
  moved: ChartCandle | undefined;
  decimals: number;
  /** What the picture says, in words. */
  summary: string;
}

export default function Chart({ series, loads, moved, decimals, summary }: ChartProps) {
  const container = useRef<HTMLElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  const { resolution } = series;
  const dark = isDark.value;
  useEffect(() => {
    if (container.current === null) return;
    const made = draw(container.current, resolution);
    drawing.current = made;
    return () => {
      drawing.current = undefined;
      made.chart.remove();
    };
  }, [resolution]);
  useEffect(() => {
    if (drawing.current !== undefined) paint(drawing.current, resolution, decimals);
  }, [resolution, dark, decimals]);
  useEffect(() => {
    const list = series.list();
    // Only at first: later it belongs to whoever has zoomed.
    if (loads === 1) drawing.current?.chart.timeScale().applyOptions({ barSpacing: list.length < FEW ? 16 : 7 });
    drawing.current?.candles.setData(list.map(bar));
    drawing.current?.volumes.setData(list.map(volume));
  }, [series, loads, dark]);
  useEffect(() => {
    if (moved === undefined) return;
    drawing.current?.candles.update(bar(moved));
    drawing.current?.volumes.update(volume(moved));
  }, [series, moved]);
  return <figure class="chart" ref={container} aria-label={summary} />;
}
