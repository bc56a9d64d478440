/* The reducer of a spool: alerts whose place could not be reached wait here, durably, until the place has them.
 *
 * Each is forwarded under its own identity, so a place that has it already takes nothing twice. */
import type { AppendEvent } from "../ledger/append";
import type { Entry, Reducer } from "../ledger/reducer";
import type { AlertEvent } from "./alert";

/** An alert on its way to the object that owns its place. */
export interface Spooled {
  area: string;
  event: AppendEvent<AlertEvent>;
}

export type SpoolCommand = { type: "spool"; spooled: Spooled } | { type: "forwarded"; key: string; parked: boolean };

export type SpoolFact =
  | { type: "spooled"; data: Spooled }
  | { type: "forwarded"; data: { key: string; parked?: true } }
  /** The places were tried and some did not answer. */
  | { type: "tried"; data: { attempts: number } };

export interface SpoolState {
  waiting: Map<string, Spooled>;
  /** How many were ever taken in, and how many of them were parked because their id had been used for something else. */
  taken: number;
  parked: number;
  /** Attempts since the last success. */
  attempts: number;
  /** Epoch ms of the next attempt; undefined when nothing waits. */
  nextAt: number | undefined;
}

const FIRST_PAUSE_MS = 1_000;
/** Every second counts for what waits, and an attempt is cheap. */
const LONGEST_PAUSE_MS = 5_000;

/** Source and id are unique within a place, and so is their key here. */
export const keyOf = ({ area, event }: Spooled): string => `${area}\n${event.source}\n${event.id ?? ""}`;

export const pauseAfter = (attempts: number): number => Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS);

function apply(state: SpoolState, entry: Entry<SpoolFact>): SpoolState {
  const { type, data } = entry as SpoolFact & Entry;
  switch (type) {
    case "spooled":
      state.waiting.set(keyOf(data), data);
      state.taken++;
      // It may wait for another place than those that keep failing.
      state.nextAt = Math.min(state.nextAt ?? Number.POSITIVE_INFINITY, entry.at + FIRST_PAUSE_MS);
      return state;
    case "forwarded":
      state.waiting.delete(data.key);
      if (data.parked) state.parked++;
      state.attempts = 0;
      if (state.waiting.size === 0) state.nextAt = undefined;
      return state;
    case "tried":
      state.attempts = data.attempts;
      state.nextAt = entry.at + pauseAfter(data.attempts);
      return state;
    default:
      return type satisfies never;
  }
}

export const spool: Reducer<SpoolState, SpoolCommand, SpoolFact> = {
  version: 1,
  topic: "spools",
  empty: () => ({ waiting: new Map(), taken: 0, parked: 0, attempts: 0, nextAt: undefined }),

  decide(state, command) {
    if (command.type === "spool") return [{ type: "spooled", data: command.spooled }];
    const { key, parked } = command;
    if (!state.waiting.has(key)) return [];
    return [{ type: "forwarded", data: { key, ...(parked ? { parked: true as const } : {}) } }];
  },

  // The pause begins before the attempt: one that dies with its object is followed by the next.
  deadline: (state) => state.nextAt,
  tick(state, now) {
    if (state.nextAt === undefined || state.nextAt > now) return [];
    return [{ type: "tried", data: { attempts: state.attempts + 1 } }];
  },

  apply,
  snapshot: (state) => ({ waiting: state.waiting.size }),
  save: ({ waiting, taken, parked, attempts, nextAt }) => [
    [...waiting.values()],
    taken,
    parked,
    attempts,
    nextAt ?? null,
  ],
  load(saved) {
    const [waiting, taken, parked, attempts, nextAt] = saved as [Spooled[], number, number, number, number | null];
    return {
      waiting: new Map(waiting.map((one) => [keyOf(one), one])),
      taken,
      parked,
      attempts,
      nextAt: nextAt ?? undefined,
    };
  },
};
