/* Tally: the last report of each child on each frame, for whoever adds them up. Reports are absolute, so one that comes
 * twice changes nothing; what a restarted object forgets, its children tell again as it changes. */
import type { ReachReport } from "../frame";
import type { Position } from "../ledger/position";
import { addUp, MAX_FRAMES, type TotalReach } from "./reach";

interface Counted extends Position {
  byChild: Map<string, ReachReport>;
  isChanged: boolean;
}

export class Tally {
  readonly #frames = new Map<string, Counted>();

  note(child: string, reports: readonly ReachReport[]): void {
    for (const report of reports) {
      const { epoch, seq } = report;
      const key = `${epoch}:${seq}`;
      const counted = this.#frames.get(key) ?? { epoch, seq, byChild: new Map(), isChanged: true };
      counted.byChild.set(child, report);
      counted.isChanged = true;
      this.#frames.set(key, counted);
    }
    for (const key of this.#frames.keys()) {
      if (this.#frames.size <= MAX_FRAMES) break;
      this.#frames.delete(key);
    }
  }

  get isChanged(): boolean {
    return [...this.#frames.values()].some((counted) => counted.isChanged);
  }

  /** The totals that changed since they were last taken. */
  take(): (TotalReach & Position)[] {
    const changed = [...this.#frames.values()].filter((counted) => counted.isChanged);
    return changed.map((counted) => {
      counted.isChanged = false;
      const { epoch, seq, byChild } = counted;
      return { epoch, seq, ...addUp([...byChild.values()]) };
    });
  }
}
