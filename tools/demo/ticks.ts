/* The sample of ticks (tools/data/ticks.csv): XRP-ETH and ETH-USDT trades and EUR-USD quotes, each symbol on its own clock. */
import { type Due, offsetsOf, type Recorded, Track } from "./track.ts";

export interface Tick extends Recorded {
  symbol: string;
  price: string;
  volume?: string;
}

export interface TickEvent {
  symbol: string;
  price: string;
  volume?: string;
  timestamp: number;
  source: "demo";
  id: string;
}

/** Ticks by symbol, in the order of the file. */
export function parseTicks(csv: string): Map<string, Tick[]> {
  const rows = csv.trim().split("\n").slice(1);
  const bySymbol = Map.groupBy(
    rows.map((row) => row.split(",")),
    ([symbol = ""]) => symbol,
  );
  return new Map(
    Array.from(bySymbol, ([symbol, cells]) => {
      const offsets = offsetsOf(cells.map(([, time]) => Number(time)));
      const ticks = cells.map(([, , , price = "", volume = ""], i) => ({
        symbol,
        price,
        offsetMs: offsets[i] as number,
        ...(volume === "" ? {} : { volume }),
      }));
      return [symbol, ticks];
    }),
  );
}

export const tickTracks = (csv: string, speed: number, startedAt: number): Track<Tick>[] =>
  Array.from(parseTicks(csv), ([symbol, ticks]) => new Track(symbol, ticks, speed, startedAt));

export function tickEvent({ recorded, at, id }: Due<Tick>): TickEvent {
  const { offsetMs: _, ...tick } = recorded;
  return { ...tick, timestamp: at, source: "demo", id };
}
