/* The reducer of a broadcast topic: frames of many streams in one order, and a snapshot of what is current.
 *
 * Each source stream is repeated from the position last seen of it, so that a frame is in the topic once and in order
 * however often it is sent. */
import type { Frame } from "../frame";
import { comparePositions, type Position } from "../ledger/position";
import type { Origin, Reducer } from "../ledger/reducer";

export const SYMBOLS_TOPIC = "symbols";

/** A frame of a source stream, on its way into a topic. */
export type TopicFrame = Omit<Frame, "origin">;

export interface TopicFact {
  type: string;
  data: unknown;
  origin: Origin;
}

export interface TopicState {
  /** Last position taken over of each source topic. */
  positions: Map<string, Position>;
  /** What is current: symbols that exist. */
  members: Set<string>;
}

const memberOf = (data: unknown): string | undefined => {
  const symbol = typeof data === "object" && data !== null && "symbol" in data ? data.symbol : undefined;
  return typeof symbol === "string" ? symbol : undefined;
};

export const topic: Reducer<TopicState, TopicFrame, TopicFact> = {
  version: 1,
  topic: "",
  empty: () => ({ positions: new Map(), members: new Set() }),

  decide(state, frame) {
    const { topic: from, epoch, seq, type, data } = frame;
    const before = state.positions.get(from);
    if (before !== undefined && comparePositions({ epoch, seq }, before) <= 0) return [];
    return [{ type, data, origin: { topic: from, epoch, seq } }];
  },

  apply(state, entry) {
    const { topic: from, epoch, seq } = entry.origin as Origin;
    state.positions.set(from, { epoch, seq });
    const member = memberOf(entry.data);
    if (member === undefined) return state;
    if (entry.type === "deleted") state.members.delete(member);
    else state.members.add(member);
    return state;
  },

  snapshot: (state) => ({ symbols: [...state.members].sort() }),
  save: (state) => [[...state.positions], [...state.members]],
  load(saved) {
    const [positions, members] = saved as [[string, Position][], string[]];
    return { positions: new Map(positions), members: new Set(members) };
  },
};
