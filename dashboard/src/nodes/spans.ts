/* What a node's events make of a stretch of time: coloured spans, and downtimes. Pure. */
import type { NodeEventItem } from "../../../src/domain/nodes/posting";
import { HOUR_MS } from "../../../src/domain/units";
import { isStatus, type Look } from "./look";

export type SpanLook = Look | "gone" | "unknown";

export interface Span {
  /** Epoch ms. */
  from: number;
  to: number;
  look: SpanLook;
}

type Event = Pick<NodeEventItem, "event" | "status" | "at" | "downtime_s" | "epoch" | "seq">;

const momentOf = ({ at }: Pick<Event, "at">): number => Date.parse(at);

/** The oldest first; of one moment in the order of the log. */
export const inOrder = <E extends Event>(events: readonly E[]): E[] =>
  events.toSorted(
    (a, b) => momentOf(a) - momentOf(b) || (a.epoch < b.epoch ? -1 : a.epoch > b.epoch ? 1 : a.seq - b.seq),
  );

/** Follows a node's look through its events. */
class Looking {
  look: SpanLook;
  #isDegraded = false;

  constructor(look: SpanLook) {
    this.look = look;
  }

  take({ event, status }: Event): void {
    if (event === "degraded" || event === "healthy") this.#isDegraded = event === "degraded";
    if (event === "deleted") this.look = "gone";
    else if (isStatus(status)) this.look = status === "up" && this.#isDegraded ? "degraded" : status;
  }
}

/** The whole stretch, without holes and without neighbours that look alike.
 * @param isWhole no earlier events exist than these: before the first one, there was no node */
export function spansOf(events: readonly Event[], from: number, to: number, isWhole: boolean): Span[] {
  const spans: Span[] = [];
  const looking = new Looking(isWhole ? "gone" : "unknown");
  let since = from;
  const close = (until: number, look: SpanLook) => {
    const last = spans.at(-1);
    if (until <= since) return;
    if (last?.look === look) last.to = until;
    else spans.push({ from: since, to: until, look });
    since = until;
  };
  for (const event of inOrder(events)) {
    const before = looking.look;
    looking.take(event);
    const at = momentOf(event);
    if (at >= to) return finish(before);
    if (looking.look !== before) close(at, before);
  }
  return finish(looking.look);

  function finish(look: SpanLook): Span[] {
    close(to, look);
    return spans;
  }
}

/** What is looked at: the shortest that holds a young node's whole life, else a day. */
const HOURS = [1, 6];
export const DAY_HOURS = 24;

export function hoursOf(events: readonly Event[], to: number, isWhole: boolean): number {
  const first = Math.min(...events.map(momentOf));
  return (isWhole ? HOURS.find((hours) => first >= to - hours * HOUR_MS) : undefined) ?? DAY_HOURS;
}

/** How long it looked how, longest first. */
export function totalsOf(spans: readonly Span[]): { look: SpanLook; ms: number; times: number }[] {
  const totals = new Map<SpanLook, { ms: number; times: number }>();
  for (const { look, from, to } of spans) {
    const { ms, times } = totals.get(look) ?? { ms: 0, times: 0 };
    totals.set(look, { ms: ms + to - from, times: times + 1 });
  }
  return [...totals].map(([look, total]) => ({ look, ...total })).sort((a, b) => b.ms - a.ms);
}

export interface Downtime {
  from: number;
  /** Undefined while it lasts. */
  to: number | undefined;
  /** Otherwise it was back before it counted as a failure. */
  isDown: boolean;
  /** Where it did not come back. */
  ended: "stopped" | "deleted" | undefined;
}

/** The newest first.
 * @param awaySince of an absence that lasts, where its object has said so: the events know only when it was noticed */
export function downtimesOf(events: readonly Event[], awaySince?: number): Downtime[] {
  const downtimes: Downtime[] = [];
  let away: { from: number; isDown: boolean } | undefined;
  const end = (to: number, ended?: Downtime["ended"], from = away?.from) => {
    if (from !== undefined) downtimes.push({ from, to, isDown: away?.isDown ?? false, ended });
    away = undefined;
  };
  for (const event of inOrder(events)) {
    const at = momentOf(event);
    switch (event.event) {
      case "suspect":
      case "down":
        away = { from: away?.from ?? at, isDown: away?.isDown === true || event.event === "down" };
        break;
      case "resumed":
      case "recovered":
        away = { from: at - (event.downtime_s ?? 0) * 1_000, isDown: event.event === "recovered" };
        end(at);
        break;
      case "stopped":
      case "deleted":
        end(at, event.event);
        break;
    }
  }
  if (away !== undefined) downtimes.push({ ...away, from: awaySince ?? away.from, to: undefined, ended: undefined });
  return downtimes.reverse();
}
