/* The reducer of a broadcast topic: frames of many streams in one order, and a snapshot of what is current.
 *
 * Each source stream is repeated from the position last seen of it, so that a frame is in the topic once and in order
 * however often it is sent. What is current is a matter of the topic (`Current`). */
import type { Frame, SnapshotMessage } from "../frame";
import { comparePositions, type Position } from "../ledger/position";
import type { Entry, Fact, Origin, Reducer } from "../ledger/reducer";

export const SYMBOLS_TOPIC = "symbols";

/** A frame of a source stream, on its way into a topic. */
export type TopicFrame = Omit<Frame, "origin">;

/** What a topic takes in: frames, or what replaces the frames that a source no longer has. */
export type TopicInput = TopicFrame | SnapshotMessage;

export interface TopicFact extends Fact {
  origin: Origin;
}

export interface TopicState<C> {
  /** Last position taken over of each source topic. */
  positions: Map<string, Position>;
  current: C;
}

/** What is current on a topic: a fold over the frames it repeats. `C` may be changed in place. */
export interface Current<C> {
  version: number;
  /** Whether every frame of a source is wanted. Then one that does not follow on the last is refused until those between
   * have come; otherwise only what is older than the last is. */
  contiguous: boolean;
  empty(): C;
  apply(current: C, entry: Entry): C;
  /** What is to be said where a source can only tell its state: facts that bring the topic there. */
  resync?(current: C, source: unknown): { type: string; data: unknown }[];
  /** One thing of it, by its id. */
  find?(current: C, id: string): unknown;
  snapshot(current: C): unknown;
  save(current: C): unknown;
  load(saved: unknown): C;
}

export type TopicReducer<C> = Reducer<TopicState<C>, TopicInput, TopicFact>;

/** Whether a frame at `at` is the next one of a source that was followed up to `before`. */
function follows(at: Position, before: Position | undefined, contiguous: boolean): boolean {
  if (before !== undefined && comparePositions(at, before) <= 0) return false;
  if (!contiguous) return true;
  return before?.epoch === at.epoch ? at.seq === before.seq + 1 : at.seq === 1;
}

export function repeating<C>(kind: Current<C>): TopicReducer<C> {
  return {
    version: kind.version,
    topic: "",
    empty: () => ({ positions: new Map(), current: kind.empty() }),

    decide(state, frame) {
      const { topic: from, epoch, seq, type, data } = frame;
      const before = state.positions.get(from);
      const origin = { topic: from, epoch, seq };
      if (type !== "snapshot") return follows(origin, before, kind.contiguous) ? [{ type, data, origin }] : [];
      if (!follows(origin, before, false)) return [];
      const facts = (kind.resync?.(state.current, data) ?? []).map((fact) => ({ ...fact, origin }));
      // Also when it brings nothing new, the topic has followed the source up to here.
      return facts.length > 0 ? facts : [{ type: "resync", data: {}, origin }];
    },

    apply(state, entry) {
      const { topic: from, epoch, seq } = entry.origin as Origin;
      state.positions.set(from, { epoch, seq });
      if (entry.type !== "resync") state.current = kind.apply(state.current, entry);
      return state;
    },

    snapshot: (state) => kind.snapshot(state.current),
    save: (state) => [[...state.positions], kind.save(state.current)],
    load(saved) {
      const [positions, current] = saved as [[string, Position][], unknown];
      return { positions: new Map(positions), current: kind.load(current) };
    },
  };
}
