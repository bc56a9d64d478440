/* Closed minutes of requests, and the hours and days they add up to: packed in the object's tiers.
 *
 * A minute is written in the transaction that takes it out of the open ones. Its hour has it a little later, some minutes at
 * a time and in a transaction of their own (`fold`), and its day has the hour once that is over; until then whoever asks
 * for the hour is given the minutes it lacks as well. What comes for a bucket that the coarser one has already is added to
 * both at once. Should a transaction fail, the object is thrown away with what is in memory. */
import { bucketEnd, bucketStart, RESOLUTION_NAMES, RESOLUTIONS, type Resolution } from "../../domain/bucket";
import type { Stretch } from "../../domain/requests/cover";
import type { OpenMinute } from "../../domain/requests/intake";
import { FACETS, type Facet } from "../../domain/requests/minute";
import type { Tiers } from "../tiers";
import { BucketRows, isEmpty, type Value } from "./bucket-rows";
import { type Coarse, Pending } from "./pending";

/** So many minutes are added to their hour at once, and the rest when it is over: more of them would be a longer pause. */
const FOLD_MINUTES = 2;
/** What a fold takes on at once, in cells: some thousand take some ten milliseconds. */
const FOLD_CELLS = 500;
/** A coarse bucket may lack what is closed within so long after its end. */
const OPEN_MS = 2 * RESOLUTIONS.minute;
/** From this size of the database on the oldest buckets go, however long they were to be kept: at 9 GB the log refuses, and
 * figures of last month must not stop those of today. */
const RELIEF_BYTES = 6_000_000_000;
/** What goes first: fine buckets that are not recent. The last days of each are never touched. */
const KEPT_LEAST: Record<Resolution, number> = {
  minute: 2 * RESOLUTIONS.day,
  hour: 31 * RESOLUTIONS.day,
  day: 92 * RESOLUTIONS.day,
};
/** One step takes what was kept since within an hour of the oldest. */
const RELIEF_MS = RESOLUTIONS.hour;
const RELIEF_ROWS = 1_000;
/** The tier of one block: up to when buckets of each width were deleted. */
const PRUNED = "pruned";

const NEVER: Record<Resolution, number> = { minute: 0, hour: 0, day: 0 };

/** Up to when something may wait for the coarse bucket that it is in. */
const openUntil = (start: number, coarse: Coarse): number => bucketEnd(bucketStart(start, coarse), coarse) + OPEN_MS;
const isOpen = (start: number, coarse: Coarse, now: number): boolean => now < openUntil(start, coarse);

export class ClosedBuckets {
  readonly #tiers: Tiers;
  readonly #rows: BucketRows;
  readonly #pending: Pending;
  #prunedBefore: Partial<Record<Resolution, number>> | undefined;
  /** Grows with every change. */
  version = 0;

  constructor(tiers: Tiers, cellsMax?: number) {
    this.#tiers = tiers;
    this.#rows = new BucketRows(tiers, cellsMax);
    this.#pending = new Pending(tiers);
  }

  /** Moves minutes in. Call inside the transaction that takes them out of the open ones. */
  add(minutes: readonly OpenMinute[], now: number): void {
    this.version++;
    for (const facet of FACETS) {
      const late = new Map<number, Value[]>();
      for (const { start, facets } of minutes) {
        const value = facets[facet];
        if (isEmpty(facet, value)) continue;
        const isNew = !this.#rows.add(facet, "minute", start, [value], now);
        if (!this.#waits(facet, "hour", start, isNew, now)) addTo(late, bucketStart(start, "hour"), [value]);
      }
      this.#addHours(facet, late, now);
    }
    this.#pending.save();
  }

  /** Brings coarse buckets up to date, for a short time; says whether any lacked enough. Call inside a transaction. */
  fold(now: number): boolean {
    const { cellsWritten: before } = this.#rows;
    const mayGoOn = () => this.#rows.cellsWritten - before < FOLD_CELLS;
    let isFolded = false;
    while (mayGoOn() && (this.#foldHour(now) || this.#foldDay(now))) isFolded = true;
    this.#pending.save();
    return isFolded;
  }

  /** The values of a facet in a stretch, several of a bucket where it lacks some. They are this object's own: read only. */
  *in(facet: Facet, stretch: Stretch): Generator<Value> {
    const { resolution, from, to } = stretch;
    yield* this.#rows.in(facet, stretch);
    if (resolution === "minute") return;
    yield* this.#waiting(facet, "hour", from, to);
    if (resolution === "day") yield* this.#waiting(facet, "day", from, to);
  }

  *#waiting(facet: Facet, coarse: Coarse, from: number, to: number): Generator<Value> {
    for (const start of this.#pending.of(facet, coarse)) {
      const value = start < from || start >= to ? undefined : this.#rows.get(facet, FINER[coarse], start);
      if (value !== undefined) yield value;
    }
  }

  /** Deletes buckets kept since before these moments; how many rows went, or would go. Call inside a transaction. */
  retain(before: Record<Resolution, number>, limit: number, dryRun: boolean, now: number): Record<Resolution, number> {
    if (!dryRun) this.#foldBefore(before, now);
    const gone = RESOLUTION_NAMES.map((resolution) => {
      return [resolution, this.#tiers.prune(resolution, before[resolution], limit, dryRun)] as const;
    });
    const rows = Object.fromEntries(gone) as Record<Resolution, number>;
    if (!dryRun) this.#notePruned(before, rows);
    return rows;
  }

  /** Call inside the transaction that has added something. One step at a time: each close takes another.
   * @param bytes size of the database */
  relieve(bytes: number, now: number): void {
    if (bytes < RELIEF_BYTES) return;
    for (const resolution of RESOLUTION_NAMES) {
      const oldest = this.#tiers.oldest(resolution);
      if (oldest === undefined || oldest >= now - KEPT_LEAST[resolution]) continue;
      const before = { ...NEVER, [resolution]: Math.min(oldest + RELIEF_MS, now - KEPT_LEAST[resolution]) };
      this.#foldBefore(before, now);
      this.#notePruned(before, {
        ...NEVER,
        [resolution]: this.#tiers.prune(resolution, before[resolution], RELIEF_ROWS, false),
      });
      return;
    }
  }

  /** Whether some of a stretch was deleted: what is left of it is not all. */
  isPruned({ resolution, from }: Stretch): boolean {
    return from < (this.#pruned()[resolution] ?? Number.NEGATIVE_INFINITY);
  }

  #pruned(): Partial<Record<Resolution, number>> {
    this.#prunedBefore ??= this.#tiers.get<Partial<Record<Resolution, number>>>(PRUNED, PRUNED, 0) ?? {};
    return this.#prunedBefore;
  }

  #notePruned(before: Record<Resolution, number>, rows: Record<Resolution, number>): void {
    const deleted = RESOLUTION_NAMES.filter((resolution) => rows[resolution] > 0);
    if (deleted.length === 0) return;
    const pruned = { ...this.#pruned() };
    for (const resolution of deleted) pruned[resolution] = Math.max(pruned[resolution] ?? 0, before[resolution]);
    this.#prunedBefore = pruned;
    this.#tiers.put(PRUNED, { series: PRUNED, start: 0, value: pruned }, 0);
    this.#rows.clear();
    this.version++;
  }

  /** Forgets what is in memory: the disk is not as it says. */
  clear(): void {
    this.#rows.clear();
    this.#pending.clear();
    this.#prunedBefore = undefined;
    this.version++;
  }

  /** Whether a bucket's hour, or day, may lack it for now. What is in there already has more to it: that waits no more. */
  #waits(facet: Facet, coarse: Coarse, start: number, isNew: boolean, now: number): boolean {
    if (this.#pending.has(facet, coarse, start)) return true;
    if (!isNew || !isOpen(start, coarse, now)) return false;
    this.#pending.add(facet, coarse, start);
    return true;
  }

  /** Adds values to hours, and to the days that have these hours.
   * @param at when they came: from then on they are kept */
  #addHours(facet: Facet, hours: ReadonlyMap<number, Value[]>, now: number, at = now): void {
    const days = new Map<number, Value[]>();
    for (const [hour, values] of hours) {
      const isNew = !this.#rows.add(facet, "hour", hour, values, at);
      if (!this.#waits(facet, "day", hour, isNew, now)) addTo(days, bucketStart(hour, "day"), values);
    }
    for (const [day, values] of days) this.#rows.add(facet, "day", day, values, at);
  }

  #foldHour(now: number): boolean {
    for (const facet of FACETS) {
      for (const [hour, minutes] of this.#pending.groups(facet, "hour")) {
        if (minutes.length < FOLD_MINUTES && isOpen(hour, "hour", now)) continue;
        this.#foldMinutes(facet, hour, minutes.slice(0, FOLD_MINUTES), now);
        return true;
      }
    }
    return false;
  }

  #foldMinutes(facet: Facet, hour: number, minutes: readonly number[], now: number): void {
    const values = this.#valuesOf(facet, "minute", minutes);
    this.#pending.remove(facet, "hour", minutes);
    this.#addHours(facet, new Map([[hour, values]]), now, Math.min(now, openUntil(hour, "hour")));
  }

  /** Hours that are over and lack nothing: they would be written into their day again. */
  #foldDay(now: number): boolean {
    for (const facet of FACETS) {
      const lacking = this.#pending.groups(facet, "hour");
      const hour = this.#pending.of(facet, "day").find((start) => !isOpen(start, "hour", now) && !lacking.has(start));
      if (hour === undefined) continue;
      this.#foldHours(facet, bucketStart(hour, "day"), [hour], now);
      return true;
    }
    return false;
  }

  #foldHours(facet: Facet, day: number, hours: readonly number[], now: number): void {
    const values = this.#valuesOf(facet, "hour", hours);
    this.#pending.remove(facet, "day", hours);
    this.#rows.add(facet, "day", day, values, Math.min(now, openUntil(day, "day")));
  }

  #valuesOf(facet: Facet, resolution: Resolution, starts: readonly number[]): Value[] {
    return starts.flatMap((start) => this.#rows.get(facet, resolution, start) ?? []);
  }

  /** What is about to be deleted goes into the hour, or day, that lacks it. */
  #foldBefore(before: Record<Resolution, number>, now: number): void {
    for (const facet of FACETS) {
      for (const [hour, starts] of this.#pending.groups(facet, "hour")) {
        const old = starts.filter((start) => start < before.minute);
        if (old.length > 0) this.#foldMinutes(facet, hour, old, now);
      }
      for (const [day, starts] of this.#pending.groups(facet, "day")) {
        const old = starts.filter((start) => start < before.hour);
        if (old.length > 0) this.#foldHours(facet, day, old, now);
      }
    }
    this.#pending.save();
  }
}

const FINER: Record<Coarse, Resolution> = { hour: "minute", day: "hour" };

function addTo(map: Map<number, Value[]>, key: number, values: readonly Value[]): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [...values]);
  else known.push(...values);
}
