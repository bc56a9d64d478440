/* Tally: the last report of each child on each frame, for whoever adds them up. Reports are absolute, so one that comes
 * twice changes nothing; what a restarted object forgets, its children tell again as it changes. */
import type { ReachReport } from "../frame";
import type { Position } from "../ledger/position";
import { addUp, MAX_FRAMES, MAX_REPORTS, merge, type TotalReach } from "./reach";

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
    return this.#changed().map(({ epoch, seq, byChild }) => ({ epoch, seq, ...addUp([...byChild.values()]) }));
  }

  /** The same in the form of reports, for one who is a child as well. */
  report(): ReachReport[] {
    return this.#changed(MAX_REPORTS).map(({ byChild }) => merge([...byChild.values()]));
  }

  #changed(limit = MAX_FRAMES): Counted[] {
    const changed = [...this.#frames.values()].filter(({ isChanged }) => isChanged).slice(0, limit);
    for (const counted of changed) counted.isChanged = false;
    return changed;
  }

  /** What was reported may not have been heard. */
  tellAgain(): void {
    for (const counted of this.#frames.values()) counted.isChanged = true;
  }
}
