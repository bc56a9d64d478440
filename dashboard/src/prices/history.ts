/* The last events of a symbol from before this page looked: read from its log, once, a few symbols at a time. */
import type { Frame } from "../../../src/domain/frame";
import type { Position } from "../../../src/domain/ledger/position";
import { call, segment } from "../api/client";
import { RECENT_EVENTS } from "./book";

const AT_ONCE = 4;
interface Wish {
  symbol: string;
  upTo: Position;
  take(range: Frame[]): void;
}

const waiting: Wish[] = [];
let running = 0;

/** `upTo` is where the page begins: what lies just before it is wanted. */
export function askHistory(symbol: string, upTo: Position, take: (range: Frame[]) => void): void {
  waiting.push({ symbol, upTo, take });
  if (running < AT_ONCE) void run();
}

async function run(): Promise<void> {
  running++;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { symbol, upTo, take } = next;
    const after = `${upTo.epoch}:${Math.max(0, upTo.seq - RECENT_EVENTS)}`;
    const answer = await call<{ events?: Frame[] }>(
      `/prices/${segment(symbol)}/events?after=${encodeURIComponent(after)}&limit=${RECENT_EVENTS}`,
    );
    // Without it the row only begins to draw later: nothing to trouble anybody with.
    if (answer.ok && Array.isArray(answer.value.events)) take(answer.value.events);
  }
  running--;
}
