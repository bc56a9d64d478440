/* What this page knows of each symbol's price: snapshots and frames in, rows out. Pure: no signals, no DOM, no clock. */
import type { Frame, SnapshotMessage } from "../../../src/domain/frame";
import { DAY_MS } from "../../../src/domain/units";
import { comparePositions } from "../live/replica";
import { decimalsOf, momentOf } from "../ui/format";

export const SPARK_POINTS = 60;
export const RECENT_EVENTS = 100;

export interface PriceEvent {
  epoch: string;
  seq: number;
  /** When the object committed it, epoch ms. */
  at: number;
  kind: "price" | "late" | "close" | "deleted";
  price?: number;
  volume?: number;
  /** When it happened, as the source says. */
  timestamp?: number;
}

export interface PriceRow {
  symbol: string;
  price: number | undefined;
  volume: number | undefined;
  timestamp: number | undefined;
  /** Commit time of the current price by the server's clock. */
  at: number | undefined;
  /** The first price of the running UTC day that this page knows: what the change is measured from. */
  first: { price: number; day: number; at: number } | undefined;
  direction: -1 | 0 | 1;
  decimals: number;
  /** Newest first, unbroken: what the sparkline and the list of recent events show. */
  events: PriceEvent[];
  /** Whether the events before the first one here were asked for. */
  asked: boolean;
  ticks: number;
  deleted: boolean;
  /** False while its topic is not followed: what is here was true once. */
  followed: boolean;
}

const emptyRow = (symbol: string): PriceRow => ({
  symbol,
  price: undefined,
  volume: undefined,
  timestamp: undefined,
  at: undefined,
  first: undefined,
  direction: 0,
  decimals: 0,
  events: [],
  asked: false,
  ticks: 0,
  deleted: false,
  followed: false,
});

type Fields = Record<string, unknown>;
const fieldsOf = (data: unknown): Fields => (typeof data === "object" && data !== null ? (data as Fields) : {});
const numberOf = (value: unknown): number | undefined => {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
};
const timeOf = (value: unknown): number | undefined => numberOf(momentOf(value));

export class PriceBook {
  readonly rows = new Map<string, PriceRow>();

  /** The row of a symbol, made when it is new. */
  row(symbol: string): PriceRow {
    let row = this.rows.get(symbol);
    if (row === undefined) {
      row = emptyRow(symbol);
      this.rows.set(symbol, row);
    }
    return row;
  }

  snapshot(symbol: string, message: SnapshotMessage, now: number): void {
    const row = this.row(symbol);
    const data = fieldsOf(message.data);
    row.followed = true;
    const price = numberOf(data.price);
    row.deleted = price === undefined && data.deleted === true;
    // The events before a jump do not connect to what follows.
    const newest = row.events[0];
    if (newest !== undefined && (newest.epoch !== message.epoch || newest.seq < message.seq)) {
      row.events = [];
      row.asked = false;
    }
    if (price === undefined) return;
    this.#become(row, price, timeOf(data.received_at) ?? momentOf(message.at), now);
    row.volume = numberOf(data.volume);
    row.timestamp = timeOf(data.timestamp);
  }

  frame(symbol: string, frame: Frame, now: number): void {
    const row = this.row(symbol);
    row.followed = true;
    const event = eventOf(frame);
    row.events = [event, ...row.events.slice(0, RECENT_EVENTS - 1)];
    if (event.kind === "deleted") {
      const { events, ticks, asked } = row;
      Object.assign(row, emptyRow(symbol), { events, ticks, asked, deleted: true, followed: true });
      return;
    }
    if (event.kind === "close") return;
    row.ticks++;
    // A late one fills a hole in the past; it never becomes the current price.
    if (event.kind === "late" || event.price === undefined) return;
    this.#become(row, event.price, event.at, now);
    row.volume = event.volume;
    row.timestamp = event.timestamp;
    row.deleted = false;
  }

  unfollowed(symbol: string): void {
    const row = this.rows.get(symbol);
    if (row !== undefined) row.followed = false;
  }

  /** A range read from the log, for what happened before this page looked. It may overlap with what is here. */
  history(symbol: string, range: Frame[]): void {
    const row = this.row(symbol);
    const have = new Set(row.events.map((e) => `${e.epoch}:${e.seq}`));
    const more = range.map(eventOf).filter((e) => !have.has(`${e.epoch}:${e.seq}`));
    row.events = [...row.events, ...more].sort((a, b) => comparePositions(b, a)).slice(0, RECENT_EVENTS);
    row.decimals = Math.max(row.decimals, ...more.map((e) => decimalsOf(e.price ?? 0)));
    const { first } = row;
    const oldest = row.events.findLast(
      ({ kind, epoch, at }) =>
        kind === "price" && epoch === row.events[0]?.epoch && Math.floor(at / DAY_MS) === first?.day,
    );
    if (first === undefined || oldest?.price === undefined || oldest.at > first.at) return;
    row.first = { ...first, price: oldest.price, at: oldest.at };
  }

  clear(): void {
    this.rows.clear();
  }

  /** @param at when it was committed */
  #become(row: PriceRow, price: number, at: number, now: number): void {
    const day = Math.floor(now / DAY_MS);
    if (row.first?.day !== day) row.first = { price: row.price ?? price, day, at: row.at ?? at };
    row.direction = row.price === undefined || row.price === price ? row.direction : price > row.price ? 1 : -1;
    row.price = price;
    row.at = at;
    row.decimals = Math.max(row.decimals, decimalsOf(price));
  }
}

function eventOf(frame: Frame): PriceEvent {
  const data = fieldsOf(frame.data);
  const price = numberOf(data.price);
  const volume = numberOf(data.volume);
  const timestamp = timeOf(data.timestamp ?? data.start);
  const kind = frame.type === "close" || frame.type === "deleted" ? frame.type : data.late === true ? "late" : "price";
  return {
    epoch: frame.epoch,
    seq: frame.seq,
    at: momentOf(frame.at),
    kind,
    ...(price === undefined ? {} : { price }),
    ...(volume === undefined ? {} : { volume }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

/** The last prices that were current, oldest first. */
export function pointsOf(row: PriceRow): number[] {
  const points: number[] = [];
  for (const event of row.events) {
    if (event.kind === "price" && event.price !== undefined) points.push(event.price);
    if (points.length === SPARK_POINTS) break;
  }
  return points.reverse();
}

/** The change since `first`, as a fraction. */
export function changeOf(row: PriceRow): number | undefined {
  if (row.price === undefined || row.first === undefined || row.first.price === 0) return undefined;
  return (row.price - row.first.price) / Math.abs(row.first.price);
}
