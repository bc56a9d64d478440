/* The book of prices for components: one signal per symbol, published at most once per animation frame. Between two
 * frames of the screen any number of ticks costs the same one rendering. */
import { batch, computed, effect, type Signal, signal } from "@preact/signals";
import type { Frame, SnapshotMessage } from "../../../src/domain/frame";
import type { KnownSymbols } from "../../../src/domain/prices/answers";
import { key } from "../access/session";
import { call } from "../api/client";
import { connection, follow, listen, positionOf } from "../live/feed";
import { Rate } from "../live/rate";
import { serverNow } from "../ui/clock";
import { PriceBook, type PriceRow } from "./book";
import { askHistory } from "./history";

const LIST_EVERY_MS = 15_000;
export const PREFIX = "prices/";
export const topicOf = (symbol: string): string => PREFIX + symbol;
const symbolOf = (topic: string): string => topic.slice(PREFIX.length);

const book = new PriceBook();
const published = new Map<string, Signal<PriceRow>>();
const dirty = new Set<string>();
let scheduled = false;

/** Known symbols, sorted; undefined until the first answer. */
export const symbols = signal<string[] | undefined>(undefined);
export const ticks = new Rate();
const known = new Set<string>();

function publishedRow(symbol: string): Signal<PriceRow> {
  let row = published.get(symbol);
  if (row === undefined) {
    row = signal({ ...book.row(symbol) });
    published.set(symbol, row);
  }
  return row;
}

/** The row of a symbol; whoever reads it renders again when it changes. A copy per publication: components skip
 * rendering when their properties are the same objects as before. */
export const readRow = (symbol: string): PriceRow => publishedRow(symbol).value;

/** True while the row is known to be the current price. */
export const isCurrent = (row: PriceRow): boolean => connected.value && row.followed;
const connected = computed(() => connection.value.state === "live");

function touch(symbol: string): void {
  dirty.add(symbol);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(publish);
}

function publish(): void {
  scheduled = false;
  const changed = [...dirty];
  dirty.clear();
  batch(() => {
    for (const symbol of changed) publishedRow(symbol).value = { ...book.row(symbol) };
  });
}

function learn(names: string[], all: boolean): void {
  if (all) known.clear();
  const before = known.size;
  for (const name of names) known.add(name);
  if (all || known.size !== before) symbols.value = [...known].sort();
}

function unlearn(names: string[]): void {
  for (const name of names) known.delete(name);
  symbols.value = [...known].sort();
}

/** Asks for what happened before this page looked, once per unbroken run of events. */
export function wantHistory(symbol: string): void {
  const row = book.row(symbol);
  const topic = topicOf(symbol);
  const upTo = positionOf(topic);
  if (row.asked || upTo === undefined) return;
  row.asked = true;
  const oldest = row.events.at(-1);
  askHistory(symbol, oldest === undefined ? upTo : { epoch: oldest.epoch, seq: oldest.seq - 1 }, (range) => {
    book.history(symbol, range);
    touch(symbol);
  });
}

type TickListener = (symbol: string, frame: Frame) => void;
const tickListeners = new Set<TickListener>();
/** Every applied frame, at once: for what must not miss one (charts). */
export function onTick(listener: TickListener): () => void {
  tickListeners.add(listener);
  return () => tickListeners.delete(listener);
}

/** True for a key that may not hear `symbols`: the list is then read from time to time. */
export const isDelayedList = signal(false);

async function readList(): Promise<void> {
  if (!isDelayedList.peek() || key.peek() === undefined) return;
  const answer = await call<KnownSymbols>("/prices?limit=1000");
  if (answer.ok) learn(namesIn(answer.value), false);
}

/** Wires the domain to the live connection. Called once, by the page's entry. */
export function startPrices(): void {
  listen({
    prefix: PREFIX,
    snapshot(message: SnapshotMessage) {
      const symbol = symbolOf(message.topic);
      book.snapshot(symbol, message, serverNow());
      touch(symbol);
    },
    frame(frame, at) {
      const symbol = symbolOf(frame.topic);
      book.frame(symbol, frame, serverNow());
      if (frame.type === "price") ticks.add(1, at);
      for (const listener of tickListeners) listener(symbol, frame);
      touch(symbol);
    },
    unfollowed(topics) {
      for (const symbol of topics.map(symbolOf)) {
        book.unfollowed(symbol);
        touch(symbol);
      }
    },
  });
  listen({
    prefix: "symbols",
    snapshot: (message) => learn(namesIn(message.data), true),
    frame: (frame) => (frame.type === "deleted" ? unlearn(namesIn(frame.data)) : learn(namesIn(frame.data), false)),
    unfollowed: () => {},
    refused() {
      isDelayedList.value = true;
      void readList();
      return true;
    },
  });
  setInterval(readList, LIST_EVERY_MS);
  effect(() => (key.value === undefined ? undefined : follow(["symbols"])));
}

/** `{symbols: [...]}` of a snapshot or `{symbol}` of an announcement. */
function namesIn(data: unknown): string[] {
  const fields = (typeof data === "object" && data !== null ? data : {}) as { symbols?: unknown; symbol?: unknown };
  const names = Array.isArray(fields.symbols) ? fields.symbols : [fields.symbol];
  return names
    .map((name) => (typeof name === "object" && name !== null && "symbol" in name ? name.symbol : name))
    .filter((name): name is string => typeof name === "string");
}

/** Another key may see other symbols: nothing of the last session stays. */
export function forgetPrices(): void {
  book.clear();
  published.clear();
  known.clear();
  symbols.value = undefined;
  isDelayedList.value = false;
}
