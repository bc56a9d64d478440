/* Which minutes are not yet in the row of their hour, and which hours not in that of their day: an hour is not rewritten with
 * each of its minutes. One row of the tiers says it, written with what it is about. */
import { bucketStart } from "../../domain/bucket";
import type { Facet } from "../../domain/requests/minute";
import type { Tiers } from "../tiers";

/** What is made of finer buckets. */
export type Coarse = "hour" | "day";

const PENDING = "pending";

type Starts = Record<Coarse, Partial<Record<Facet, number[]>>>;

export class Pending {
  readonly #tiers: Tiers;
  #starts: Starts | undefined;
  #hasChanged = false;

  constructor(tiers: Tiers) {
    this.#tiers = tiers;
  }

  /** Starts of the finer buckets that the coarse rows of a facet lack. */
  of(facet: Facet, coarse: Coarse): readonly number[] {
    this.#starts ??= this.#tiers.get<Starts>(PENDING, PENDING, 0) ?? { hour: {}, day: {} };
    return this.#starts[coarse][facet] ?? [];
  }

  has(facet: Facet, coarse: Coarse, start: number): boolean {
    return this.of(facet, coarse).includes(start);
  }

  add(facet: Facet, coarse: Coarse, start: number): void {
    this.#set(facet, coarse, [...this.of(facet, coarse), start]);
  }

  remove(facet: Facet, coarse: Coarse, starts: readonly number[]): void {
    const gone = new Set(starts);
    this.#set(
      facet,
      coarse,
      this.of(facet, coarse).filter((start) => !gone.has(start)),
    );
  }

  /** By the coarse bucket that lacks them. */
  groups(facet: Facet, coarse: Coarse): Map<number, number[]> {
    return Map.groupBy(this.of(facet, coarse), (start) => bucketStart(start, coarse));
  }

  /** Writes what has changed. */
  save(): void {
    if (!this.#hasChanged) return;
    this.#tiers.put(PENDING, { series: PENDING, start: 0, value: this.#starts }, 0);
    this.#hasChanged = false;
  }

  /** The disk is ahead of memory, or behind it. */
  clear(): void {
    this.#starts = undefined;
    this.#hasChanged = false;
  }

  #set(facet: Facet, coarse: Coarse, starts: number[]): void {
    (this.#starts as Starts)[coarse][facet] = starts;
    this.#hasChanged = true;
  }
}
