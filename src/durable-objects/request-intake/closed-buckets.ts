/* Closed minutes of requests, and the hours and days they add up to: packed in the object's tiers, one row per facet and
 * bucket (more where one would not fit), and the recent ones in memory as well.
 *
 * A minute is added to its three buckets in the transaction that takes it out of the open ones. What is in memory is changed
 * in the same turn; should the transaction fail, the object is thrown away with it. */
import { bucketStart, RESOLUTIONS, type Resolution } from "../../domain/bucket";
import type { Stretch } from "../../domain/requests/cover";
import type { OpenMinute } from "../../domain/requests/intake";
import { FACET, FACETS, type Facet, type Facets, type SavedFacets } from "../../domain/requests/minute";
import type { Tiers } from "../tiers";

const RESOLUTION_NAMES = Object.keys(RESOLUTIONS) as Resolution[];
/** Cells kept in memory: some 20 MB. The last hour of a hundred endpoints is a tenth of it. */
const CELLS_MAX = 40_000;
/** What an empty shelf weighs. */
const SHELF_CELLS = 4;
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
/** Buckets are read and kept by the shelf: minutes of an hour, hours of a day, days of 32. */
const SHELF_MS: Record<Resolution, number> = {
  minute: RESOLUTIONS.hour,
  hour: RESOLUTIONS.day,
  day: 32 * RESOLUTIONS.day,
};

const NEVER: Record<Resolution, number> = { minute: 0, hour: 0, day: 0 };

type Value = Facets[Facet];
/** The first piece says how many there are. */
interface Piece {
  pieces: number;
  body: SavedFacets[Facet];
}

interface Shelf {
  buckets: Map<number, Value>;
  cells: number;
}

/** What a facet's door is to whoever does not care which facet it is. */
interface AnyDoor {
  empty(): Value;
  merge(into: Value, other: Value): void;
  save(value: Value): SavedFacets[Facet][];
  load(pieces: SavedFacets[Facet][]): Value;
  size(value: Value): number;
}
const doorOf = (facet: Facet): AnyDoor => FACET[facet] as AnyDoor;

const seriesOf = (facet: Facet, piece: number): string => (piece === 0 ? facet : `${facet}/${piece}`);

export class ClosedBuckets {
  readonly #tiers: Tiers;
  readonly #cellsMax: number;
  /** By use: the one used longest ago comes first. */
  readonly #shelves = new Map<string, Shelf>();
  #cells = 0;
  #prunedBefore: Partial<Record<Resolution, number>> | undefined;
  /** Grows with every change. */
  version = 0;

  constructor(tiers: Tiers, cellsMax = CELLS_MAX) {
    this.#tiers = tiers;
    this.#cellsMax = cellsMax;
  }

  /** Moves minutes in. Call inside the transaction that takes them out of the open ones. */
  add(minutes: readonly OpenMinute[], now: number): void {
    this.version++;
    for (const facet of FACETS) {
      for (const resolution of RESOLUTION_NAMES) {
        const byBucket = Map.groupBy(minutes, ({ start }) => bucketStart(start, resolution));
        for (const [start, inside] of byBucket) {
          this.#addTo(
            facet,
            resolution,
            start,
            inside.map(({ facets }) => facets[facet]),
            now,
          );
        }
      }
    }
  }

  #addTo(facet: Facet, resolution: Resolution, start: number, values: Value[], now: number): void {
    const door = doorOf(facet);
    const shelf = this.#shelf(facet, resolution, start);
    const known = shelf.buckets.get(start);
    const value = known ?? door.empty();
    const before = known === undefined ? 0 : door.size(known);
    for (const other of values) door.merge(value, other);
    // A facet of which nothing was said has no row.
    if (door.size(value) === 0) return;
    shelf.buckets.set(start, value);
    this.#weigh(shelf, door.size(value) - before);
    this.#forget();
    const pieces = door.save(value);
    pieces.forEach((body, i) => {
      const piece: Piece = { pieces: pieces.length, body };
      this.#tiers.put(resolution, { series: seriesOf(facet, i), start, value: piece }, now);
    });
  }

  /** The values of a facet in a stretch. They are this object's own: read only. */
  *in(facet: Facet, { resolution, from, to }: Stretch): Generator<Value> {
    const width = SHELF_MS[resolution];
    for (let at = Math.floor(from / width) * width; at < to; at += width) {
      const { buckets } = this.#shelf(facet, resolution, at);
      for (const [start, value] of buckets) if (start >= from && start < to) yield value;
      this.#forget();
    }
  }

  /** Deletes buckets kept since before these moments; how many rows went, or would go. */
  retain(before: Record<Resolution, number>, limit: number, dryRun: boolean): Record<Resolution, number> {
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
    this.#shelves.clear();
    this.#cells = 0;
    this.version++;
  }

  #shelf(facet: Facet, resolution: Resolution, at: number): Shelf {
    const width = SHELF_MS[resolution];
    const start = Math.floor(at / width) * width;
    const key = `${facet}/${resolution}/${start}`;
    let shelf = this.#shelves.get(key);
    if (shelf === undefined) {
      shelf = this.#read(facet, resolution, start, start + width);
      this.#cells += shelf.cells;
    } else this.#shelves.delete(key);
    this.#shelves.set(key, shelf);
    return shelf;
  }

  #read(facet: Facet, resolution: Resolution, from: number, to: number): Shelf {
    const door = doorOf(facet);
    const shelf: Shelf = { buckets: new Map(), cells: SHELF_CELLS };
    for (const { start, value: first } of this.#tiers.range<Piece>(resolution, facet, from, to)) {
      const bodies = [first.body];
      for (let i = 1; i < first.pieces; i++) {
        const piece = this.#tiers.get<Piece>(resolution, seriesOf(facet, i), start);
        if (piece !== undefined) bodies.push(piece.body);
      }
      const value = door.load(bodies);
      shelf.buckets.set(start, value);
      shelf.cells += door.size(value);
    }
    return shelf;
  }

  #weigh(shelf: Shelf, cells: number): void {
    shelf.cells += cells;
    this.#cells += cells;
  }

  /** The shelf used last stays, whatever it weighs. */
  #forget(): void {
    for (const [key, shelf] of this.#shelves) {
      if (this.#cells <= this.#cellsMax || this.#shelves.size === 1) return;
      this.#shelves.delete(key);
      this.#cells -= shelf.cells;
    }
  }
}
