/* The reducer of a symbol: its current price, its sliding window, the close of its minutes.
 *
 * Two clocks: `received` is ours, `timestamp` the source's. The stream's own clock is the greatest of timestamp plus the
 * time passed since receipt, so recorded ticks give the figures they gave then, and a window empties by itself. */
import { bucketEnd, bucketStart } from "../bucket";
import type { Entry, Output, Reducer } from "../ledger/reducer";
import { isoOf } from "../time";
import { candleOf, joinPriceParts, type PricePart } from "./candle";
import { type PriceCommand, WINDOW_MS, type WindowFigures } from "./price";
import { QuoteBudget, QuoteWindow, REACH_MS } from "./window";

export interface PriceData {
  price: number;
  volume?: number;
  /** RFC 3339. */
  timestamp: string;
  /** Taken in after its gap was given up: never the current price. */
  late?: true;
}

/** A minute is over: the window figures at its end. */
export interface CloseData {
  start: string;
  figures: WindowFigures;
}

export type PriceFact =
  | { type: "price"; data: PriceData }
  | { type: "close"; data: CloseData }
  | { type: "deleted"; data: Record<string, never> };

export interface PriceState {
  latest: { price: number; volume: number | null; timestamp: string; received_at: string } | undefined;
  window: QuoteWindow;
  /** The stream's clock minus ours; undefined before the first quote. Never goes down. */
  lead: number | undefined;
  /** Start of the minute that is open on the stream's clock. */
  open: number | undefined;
  /** Start of the last minute closed: ticks that come later for it or before only add to its candle. */
  closed: number;
  deleted: boolean;
}

/** The stream's clock (event time, ms) at our time `now`. */
export const streamClock = (state: PriceState, now: number): number => now + (state.lead ?? 0);

/** The seven figures over [at − windowMs, at]; `at` defaults to the stream's clock. */
export function windowFigures(state: PriceState, windowMs: number, at: number): WindowFigures & { truncated?: true } {
  const figures = state.window.figures(at, windowMs);
  const last = state.latest?.price;
  const truncated = state.window.droppedUpTo >= at - windowMs;
  return {
    ...figures,
    ...(last === undefined ? {} : { last_price: last }),
    ...(truncated ? { truncated: true as const } : {}),
  };
}

/** The last time that was written as text: each is read twice right after it was written. */
let written = { text: "", at: 0 };

function timeText(at: number): string {
  if (at !== written.at || written.text === "") written = { text: isoOf(at), at };
  return written.text;
}

const timeOf = (text: string): number => (text === written.text ? written.at : Date.parse(text));

function closing(state: PriceState, start: number): PriceFact {
  const { truncated: _, ...figures } = windowFigures(state, WINDOW_MS.default, bucketEnd(start, "minute"));
  return { type: "close", data: { start: new Date(start).toISOString(), figures } };
}

function applyPrice(state: PriceState, entry: Entry<PriceFact>, data: PriceData): void {
  const timestamp = timeOf(data.timestamp);
  state.lead = Math.max(state.lead ?? Number.NEGATIVE_INFINITY, timestamp - entry.at);
  const reach = streamClock(state, entry.at) - REACH_MS;
  if (timestamp >= reach) state.window.insert(timestamp, data.price, data.volume);
  else state.window.pass(timestamp);
  state.window.expire(reach);
  const minute = bucketStart(timestamp, "minute");
  if (minute > state.closed && (state.open === undefined || minute > state.open)) state.open = minute;
  if (data.late && state.latest !== undefined) return;
  const { price, volume } = data;
  state.latest = {
    price,
    volume: volume ?? null,
    timestamp: data.timestamp,
    received_at: isoOf(entry.at),
  };
}

/** Symbols of one object close together, in one commit, although each has a clock of its own. */
const CLOSE_STEP_MS = 250;
const closeAt = (due: number): number => Math.ceil(due / CLOSE_STEP_MS) * CLOSE_STEP_MS;

type FeedReducer = Reducer<PriceState, PriceCommand, PriceFact>;

const rules: Omit<FeedReducer, "empty" | "load"> = {
  version: 1,
  topic: "prices",

  decide(state, command, _now, late) {
    if (command.type === "delete") return state.latest === undefined ? [] : [{ type: "deleted", data: {} }];
    const { price, volume, timestamp } = command;
    // Adding zero makes 0 of −0, which the log could not tell apart: a rebuilt state must equal the live one.
    const data: PriceData = {
      price: price + 0,
      ...(volume === undefined ? {} : { volume: volume + 0 }),
      timestamp: timeText(timestamp),
      ...(late ? { late: true as const } : {}),
    };
    const over = state.open !== undefined && bucketStart(timestamp, "minute") > state.open;
    return over ? [closing(state, state.open as number), { type: "price", data }] : [{ type: "price", data }];
  },

  deadline: (state) =>
    state.open === undefined ? undefined : closeAt(bucketEnd(state.open, "minute") - (state.lead ?? 0)),

  tick(state, now) {
    if (state.open === undefined || streamClock(state, now) < bucketEnd(state.open, "minute")) return [];
    return [closing(state, state.open)];
  },

  apply(state, entry) {
    switch (entry.type) {
      case "price":
        applyPrice(state, entry, entry.data as PriceData);
        return state;
      case "close": {
        const start = Date.parse((entry.data as CloseData).start);
        state.closed = Math.max(state.closed, start);
        if (state.open !== undefined && state.open <= start) state.open = undefined;
        return state;
      }
      case "deleted":
        state.window.release();
        return { ...state, latest: undefined, open: undefined, lead: undefined, deleted: true };
      default:
        return entry.type satisfies never;
    }
  },

  snapshot: (state) => state.latest ?? null,
  isGone: (state) => state.deleted,

  save(state) {
    const { latest, window, lead, open, closed, deleted } = state;
    return [
      latest ?? null,
      window.save(),
      lead ?? null,
      open ?? null,
      Number.isFinite(closed) ? closed : null,
      deleted,
    ];
  },
};

/** The reducer of one object; its symbols share a budget of quotes. */
export const feedOf = (budget: QuoteBudget): FeedReducer => ({
  ...rules,
  empty: () => ({
    latest: undefined,
    window: new QuoteWindow(budget),
    lead: undefined,
    open: undefined,
    closed: Number.NEGATIVE_INFINITY,
    deleted: false,
  }),

  load(saved) {
    const [latest, window, lead, open, closed, deleted] = saved as [
      PriceState["latest"] | null,
      unknown,
      number | null,
      number | null,
      number | null,
      boolean,
    ];
    return {
      latest: latest ?? undefined,
      window: QuoteWindow.load(window, budget),
      lead: lead ?? undefined,
      open: open ?? undefined,
      closed: closed ?? Number.NEGATIVE_INFINITY,
      deleted,
    };
  },
});

/** The reducer of symbols that share nothing: for what reads the archive back, and for tests. */
export const feed = feedOf(new QuoteBudget(Number.POSITIVE_INFINITY));

/** What a symbol's entries add to D1: a minute delta per tick, the window figures per minute, the end of a symbol. */
export const candles: Output<PriceFact> = {
  purpose: "candles",
  parts({ stream: symbol, epoch, seq, type, data }): PricePart[] {
    switch (type) {
      case "price": {
        const { price, volume, timestamp } = data as PriceData;
        return [candleOf(symbol, price, volume, [timeOf(timestamp), epoch, seq])];
      }
      case "close": {
        const { start, figures } = data as CloseData;
        return [{ kind: "window", symbol, start: Date.parse(start), figures: { ...figures } }];
      }
      case "deleted":
        return [{ kind: "deleted", symbol, epoch, seq }];
      default:
        return type satisfies never;
    }
  },
  join: (parts) => joinPriceParts(parts as PricePart[]),
};
