/* Coming back from the disk: the checkpoint, and the rows after it applied one by one. */
import { type Core, emptyCore, type Kit, loadCore, replay } from "../../domain/ledger/core";
import type { Fact } from "../../domain/ledger/reducer";
import type { Log } from "./log";

/** A checkpoint after so many rows or characters of log: what an object replays when it wakes. A large state is saved less
 * often, so that saving stays a part of what is written. */
const CHECKPOINT_ROWS = 4_096;
const CHECKPOINT_CHARS = 16_000_000;

/** The log since the checkpoint. */
export interface Tail {
  rows: number;
  chars: number;
  /** Position of the checkpoint: rows up to it may be recycled. */
  from: number;
  /** Characters of the checkpoint. */
  saved: number;
}

export const isLong = ({ rows, chars, saved }: Tail): boolean =>
  (rows >= CHECKPOINT_ROWS && chars >= saved) || chars >= Math.max(CHECKPOINT_CHARS, 4 * saved);

/** @param standing streams that exist before their first entry */
export function rebuild<S, I, F extends Fact>(
  log: Log,
  kit: Kit<S, I, F>,
  standing: string[],
): { core: Core<S, I>; tail: Tail } {
  const saved = log.readCheckpoint();
  const core = saved === undefined ? emptyCore<S, I>(kit.identityMs) : loadCore(kit, saved);
  const tail = { rows: 0, chars: 0, from: core.pos, saved: saved?.length ?? 0 };
  for (const row of log.after(core.pos)) {
    replay(core, kit, row);
    tail.rows++;
    tail.chars += row.body.length;
  }
  for (const name of standing) {
    if (!core.streams.has(name)) core.streams.set(name, { epoch: "", seq: 0, state: kit.reducer.empty(name) });
  }
  return { core, tail };
}
