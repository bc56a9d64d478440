/* Admission: which events of a request have an effect, and what each is answered. Everything that can refuse comes first,
 * before the first change; afterwards nothing can. */
import { earliest } from "../deadline";
import type { AppendAnswer, AppendEvent, AppendRequest, Receipt } from "./append";
import { type Core, type Kit, liveStream } from "./core";
import { appendFacts, countAccepted, type Draft, note } from "./draft";
import { findIdentity, findRequest, fromRuns, type RequestMemory, toRuns } from "./identity";
import type { Fact } from "./reducer";
import { earliestHold, HELD_MAX, HOLD_MS, judge, nextHeld, overdue, sourceKey } from "./sources";

type Numbered<I> = AppendEvent<I> & { seq: number };
const isNumbered = <I>(event: AppendEvent<I>): event is Numbered<I> => event.seq !== undefined;

/** Takes one caller's share in, or refuses it whole and changes nothing. */
export function admit<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  draft: Draft,
  request: AppendRequest<I>,
): AppendAnswer {
  const known = findRequest(core.identities, request.key);
  if (known !== undefined) {
    return known.hash === request.hash
      ? { ok: true, receipts: repeated(known, request.events) }
      : conflict(request, new Set(request.events.keys()), "This Idempotency-Key was used for another body");
  }
  const refused = refusals(core, draft.now, request.events);
  if (refused.size > 0) return conflict(request, new Set(refused.keys()), [...refused.values()][0] as string);
  const receipts = request.events.map((event) => admitEvent(core, kit, draft, event));
  if (receipts.some((r) => r.status !== "duplicate")) {
    note(core, draft, ["req", request.key, request.hash, seqsOf(receipts)]);
  }
  return { ok: true, receipts };
}

function conflict<I>(request: AppendRequest<I>, bad: Set<number>, detail: string): AppendAnswer {
  const receipts = request.events.map(({ stream }, i): Receipt => {
    return { stream, epoch: null, seq: null, status: bad.has(i) ? "conflict" : "unavailable", duplicate: false };
  });
  return { ok: false, code: "conflict", detail, receipts };
}

/** Index → reason of every event that may not come in. */
function refusals<S, I>(core: Core<S, I>, now: number, events: AppendEvent<I>[]): Map<number, string> {
  const refused = new Map<number, string>();
  const within = new Map<string, string | undefined>();
  for (const [i, event] of events.entries()) {
    if (event.id === undefined) continue;
    const key = `${event.source}\n${event.id}`;
    const known = within.has(key) ? [within.get(key)] : findIdentity(core.identities, event.source, event.id, now);
    if (known !== undefined && known[0] !== event.hash) refused.set(i, `The id ${event.id} was used for other content`);
    within.set(key, event.hash);
  }
  return refused;
}

function admitEvent<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  draft: Draft,
  event: AppendEvent<I>,
): Receipt {
  const { stream } = event;
  if (event.id !== undefined) {
    const known = findIdentity(core.identities, event.source, event.id, draft.now);
    if (known !== undefined) {
      const [, , epoch, seq] = known;
      return duplicate(stream, seq === 0 ? undefined : { epoch, seq }, seq === 0);
    }
  }
  if (!isNumbered(event)) return take(core, kit, draft, event, false);
  const verdict = judge(core.sources, event);
  switch (verdict.do) {
    case "duplicate":
      return duplicate(stream, verdict.at, verdict.held);
    case "late":
      return take(core, kit, draft, event, true);
    case "hold":
      return hold(core, kit, draft, event);
    case "accept": {
      if (verdict.restart) release(core, kit, draft, sourceKey(stream, event.source), Number.POSITIVE_INFINITY);
      const receipt = take(core, kit, draft, event, false);
      release(core, kit, draft, sourceKey(stream, event.source), Number.NEGATIVE_INFINITY);
      return receipt;
    }
    default:
      return verdict satisfies never;
  }
}

const duplicate = (stream: string, at: { epoch: string; seq: number } | undefined, held: boolean): Receipt => ({
  stream,
  epoch: at?.epoch ?? null,
  seq: at?.seq ?? null,
  status: held ? "held" : "duplicate",
  duplicate: true,
});

function take<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  draft: Draft,
  event: AppendEvent<I>,
  late: boolean,
): Receipt {
  const state = liveStream(core, kit, event.stream)?.state ?? kit.reducer.empty(event.stream);
  const { epoch, seq } = appendFacts(
    core,
    kit,
    draft,
    event.stream,
    kit.reducer.decide(state, event.body, draft.now, late),
  );
  countAccepted(core, draft);
  if (core.streams.get(event.stream) !== undefined && liveStream(core, kit, event.stream) === undefined) {
    dropHeldOf(core, draft, event.stream);
  }
  if (event.id !== undefined)
    note(core, draft, ["id", event.source, event.id, event.hash ?? "", event.stream, epoch, seq]);
  if (isNumbered(event))
    note(core, draft, ["num", event.stream, event.source, event.session ?? "", event.seq, epoch, seq]);
  return {
    stream: event.stream,
    epoch,
    seq,
    status: "accepted",
    duplicate: false,
    ...(late ? { late: true as const } : {}),
  };
}

/** What was held for a stream that is deleted now goes with it: it must not bring the stream back by itself. */
function dropHeldOf<S, I>(core: Core<S, I>, draft: Draft, stream: string): void {
  for (const held of [...core.sources.held.values()].flat()) {
    const { source, session, seq } = held.event;
    if (held.event.stream === stream) note(core, draft, ["num", stream, source, session ?? "", seq, "", 0]);
  }
}

function hold<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, draft: Draft, event: Numbered<I>): Receipt {
  if (core.sources.heldCount >= HELD_MAX) {
    // No room to wait: the gap of this source is given up now, so that its order still holds.
    release(core, kit, draft, sourceKey(event.stream, event.source), Number.POSITIVE_INFINITY);
    return take(core, kit, draft, event, false);
  }
  note(core, draft, ["hold", draft.now + HOLD_MS, event]);
  if (event.id !== undefined) note(core, draft, ["id", event.source, event.id, event.hash ?? "", event.stream, "", 0]);
  return { stream: event.stream, epoch: null, seq: null, status: "held", duplicate: false };
}

/** Applies what no longer has to wait: what follows directly, and everything up to the last one held until `until` or before. */
function release<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  draft: Draft,
  key: string,
  until: number,
): void {
  for (;;) {
    const held = core.sources.held.get(key);
    if (held === undefined) return;
    const given = held.some((h) => h.until <= until) ? held[0] : nextHeld(core.sources, key);
    if (given === undefined) return;
    take(core, kit, draft, given.event, false);
  }
}

/** When the clock next has something to decide. */
export const clockDue = <S, I>(core: Core<S, I>): number | undefined =>
  earliest([earliestHold(core.sources), earliest(core.deadlines.values())]);

/** What the clock decides: gaps given up, windows closed. Safe to run twice. */
export function tick<S, I, F extends Fact>(core: Core<S, I>, kit: Kit<S, I, F>, draft: Draft): void {
  for (const key of overdue(core.sources, draft.now)) release(core, kit, draft, key, draft.now);
  for (const [stream, due] of [...core.deadlines]) {
    if (due > draft.now) continue;
    const found = liveStream(core, kit, stream);
    const facts = found === undefined ? [] : (kit.reducer.tick?.(found.state, draft.now) ?? []);
    if (facts.length > 0) appendFacts(core, kit, draft, stream, facts);
    else postpone(core, kit, stream, found?.state, draft.now);
  }
}

/** The clock had nothing to say: what it waits for has moved, or there is nothing to wait for. */
function postpone<S, I, F extends Fact>(
  core: Core<S, I>,
  kit: Kit<S, I, F>,
  stream: string,
  state: S | undefined,
  now: number,
): void {
  const due = state === undefined ? undefined : kit.reducer.deadline?.(state, now);
  if (due !== undefined && due > now) core.deadlines.set(stream, due);
  else core.deadlines.delete(stream);
}

function seqsOf(receipts: Receipt[]): RequestMemory["seqs"] {
  const streams = new Map<string, { epoch: string; seqs: number[] }>();
  for (const { stream, epoch, seq } of receipts) {
    const entry = streams.get(stream) ?? { epoch: "", seqs: [] };
    if (epoch !== null) entry.epoch = epoch;
    entry.seqs.push(seq ?? 0);
    streams.set(stream, entry);
  }
  return [...streams].map(([stream, { epoch, seqs }]) => [stream, epoch, toRuns(seqs)]);
}

function repeated<I>(known: RequestMemory, events: AppendEvent<I>[]): Receipt[] {
  const left = new Map(known.seqs.map(([stream, epoch, runs]) => [stream, { epoch, seqs: fromRuns(runs) }]));
  return events.map(({ stream }) => {
    const entry = left.get(stream);
    const seq = entry?.seqs.shift() ?? 0;
    return duplicate(stream, entry === undefined || seq === 0 ? undefined : { epoch: entry.epoch, seq }, false);
  });
}
