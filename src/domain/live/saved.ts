/* What of a switchboard survives a restart: positions and leases in the hub's storage, listeners with their sockets.
 *
 * A hub's position is saved late (5 s) and never ahead of what its sockets were sent; a socket's own position is written
 * when it joins. After a restart the later of the two holds, so nothing is skipped, and a client may get again what it has. */
import * as z from "zod";
import type { Filter } from "../frame";
import { comparePositions, type Position } from "../ledger/position";
import { SYMBOLS_TOPIC } from "../topics/topic";
import { Backlog, type SavedBacklog } from "./backlog";
import { BEGINNING, type Feed } from "./feed";
import { Matcher } from "./filter";
import type { Listener, Outlet, Subscriber } from "./subscriber";
import type { Switchboard } from "./switchboard";

/** [topic, epoch, seq, renewAt, status] */
const SavedFeed = z.tuple([z.string(), z.string(), z.number(), z.number(), z.enum(["none", "held", "unknown"])]);
type SavedFeed = z.infer<typeof SavedFeed>;

export const SavedBoard = z.object({
  v: z.literal(1),
  feeds: z.array(SavedFeed),
  positionsAt: z.number().optional(),
  slowAt: z.number().optional(),
  /** When the hub last looked which keys of its sockets are left. */
  keysSeenAt: z.number().optional(),
});
export type SavedBoard = z.infer<typeof SavedBoard>;

/** One line per topic: `topic|epoch|seq|pace|live`. A text of one-byte characters is the smallest an attachment can hold;
 * a single Hebrew letter would double it, so filters are kept apart, in UTF-8: the JSON of [topic, filter] pairs. */
export interface SavedSubscriber {
  listeners: string;
  filters?: Uint8Array;
  backlog: SavedBacklog | null;
  /** It need not acknowledge soon. */
  unasked?: true;
}

export function saveBoard(board: Switchboard): SavedBoard {
  const feeds: SavedFeed[] = [];
  for (const feed of board.feeds.values()) {
    const position = feed.durable;
    if (position !== null) feeds.push([feed.topic, position.epoch, position.seq, feed.renewAt, feed.status]);
  }
  const { dueAt: positionsAt } = board.milestones;
  const { slowAt } = board;
  return {
    v: 1,
    feeds,
    ...(positionsAt === undefined ? {} : { positionsAt }),
    ...(slowAt === undefined ? {} : { slowAt }),
  };
}

export function saveSubscriber(board: Switchboard, subscriber: Subscriber): SavedSubscriber {
  const lines: string[] = [];
  const filters: [string, Filter][] = [];
  for (const listener of subscriber.listeners.values()) {
    const at = board.feeds.get(listener.topic)?.reached(listener) ?? null;
    const position = at === null ? "|" : `${at.epoch}|${at.seq}`;
    lines.push(`${listener.topic}|${position}|${listener.paceMs}|${listener.live ? 1 : 0}`);
    if (listener.filter !== null) filters.push([listener.topic, listener.filter.filter]);
  }
  const { backlog } = subscriber;
  return {
    listeners: lines.join("\n"),
    backlog: backlog.save(),
    ...(filters.length === 0 ? {} : { filters: new TextEncoder().encode(JSON.stringify(filters)) }),
    ...(backlog.isAsked ? {} : { unasked: true }),
  };
}

/** Sockets first (`restoreSubscriber` each), then this. */
export function restoreBoard(board: Switchboard, saved: SavedBoard | undefined, now: number): void {
  const rows = new Map((saved?.feeds ?? []).map((row) => [row[0], row]));
  for (const feed of board.feeds.values()) restoreFeed(board, feed, rows.get(feed.topic));
  const symbols = rows.get(SYMBOLS_TOPIC);
  if (board.leases.unknowns.size > 0) restoreScout(board, symbols, now);
  if (saved?.positionsAt !== undefined) board.milestones.oweAll(saved.positionsAt);
  if (saved?.slowAt !== undefined) board.slowFrom(saved.slowAt);
  board.takeChanged(); // What was saved of the listeners is still true.
}

function restoreFeed(board: Switchboard, feed: Feed, row: SavedFeed | undefined): void {
  const waiting = [...feed.live];
  if (row !== undefined) {
    const [, epoch, seq, renewAt, status] = row;
    feed.position = { epoch, seq };
    if (status !== "none") board.leases.resume(feed, status, renewAt);
  } else feed.position = leastFloor(waiting);
  for (const listener of waiting) feed.enliven(listener, listener.floor ?? feed.position ?? BEGINNING);
  if (feed.status === "none" || feed.joining.size > 0) board.leases.attend(feed);
}

function leastFloor(listeners: Listener[]): Position | null {
  let least: Position | null = null;
  for (const { floor } of listeners) {
    if (least === null || (floor !== null && comparePositions(floor, least) < 0)) least = floor;
  }
  return least;
}

// The announcements since the saved position come with the lease or its renewal.
function restoreScout(board: Switchboard, row: SavedFeed | undefined, now: number): void {
  if (row === undefined || board.feeds.has(SYMBOLS_TOPIC)) {
    board.scout(now);
    return;
  }
  const feed = board.feedOf(SYMBOLS_TOPIC);
  const after = { epoch: row[1], seq: row[2] };
  feed.live.add(board.listen(board.scouting, { topic: SYMBOLS_TOPIC, after, paceMs: 0 }));
  restoreFeed(board, feed, row);
}

export function restoreSubscriber(board: Switchboard, outlet: Outlet, saved: SavedSubscriber): Subscriber {
  const subscriber = board.attach(outlet, Backlog.load(saved.backlog, saved.unasked !== true));
  const filters = new Map(loadFilters(saved.filters));
  for (const line of saved.listeners === "" ? [] : saved.listeners.split("\n")) {
    const [topic = "", epoch = "", seq = "", pace = "0", live] = line.split("|");
    const after = seq === "" ? null : { epoch, seq: Number(seq) };
    const filter = filters.get(topic) ?? null;
    const listener = board.listen(subscriber, { topic, after, paceMs: Number(pace), filter });
    const feed = board.feedOf(topic);
    if (live === "1") feed.live.add(listener);
    else feed.join(listener);
  }
  return subscriber;
}

function loadFilters(saved: Uint8Array | undefined): [string, Matcher][] {
  if (saved === undefined) return [];
  const pairs = JSON.parse(new TextDecoder().decode(saved)) as [string, Filter][];
  return pairs.map(([topic, filter]) => [topic, new Matcher(filter)]);
}
