/* Buckets of requests as rows of the object's tiers, one per facet and bucket (more where one would not fit), and those that
 * were asked for lately in memory as well. What is in memory is changed in the turn that writes: should its transaction
 * fail, both are to be thrown away. */
import { floorTo, RESOLUTIONS, type Resolution } from "../../domain/bucket";
import type { Stretch } from "../../domain/requests/cover";
import { FACET, type Facet, type Facets, type SavedFacets } from "../../domain/requests/minute";
import type { Tiers } from "../tiers";

/** Cells kept in memory: some 20 MB. The last hour of a hundred endpoints is a tenth of it. */
const CELLS_MAX = 40_000;
/** What an empty shelf weighs. */
const SHELF_CELLS = 4;
/** Buckets are read and kept by the shelf: minutes of an hour, hours of a day, days of 32. */
const SHELF_MS: Record<Resolution, number> = {
  minute: RESOLUTIONS.hour,
  hour: RESOLUTIONS.day,
  day: 32 * RESOLUTIONS.day,
};

export type Value = Facets[Facet];
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

/** A facet of which nothing was said has no row. */
export const isEmpty = (facet: Facet, value: Value): boolean => doorOf(facet).size(value) === 0;

export class BucketRows {
  readonly #tiers: Tiers;
  readonly #cellsMax: number;
  /** By use: the one used longest ago comes first. */
  readonly #shelves = new Map<string, Shelf>();
  #cells = 0;
  /** Ever: what writing has cost. */
  cellsWritten = 0;

  constructor(tiers: Tiers, cellsMax = CELLS_MAX) {
    this.#tiers = tiers;
    this.#cellsMax = cellsMax;
  }

  /** Adds values, which stay as they are, to a bucket; says whether there was one. Whoever writes alone never has more than
   * the bucket in memory: what else is on its shelf is for those who ask. */
  add(facet: Facet, resolution: Resolution, start: number, values: readonly Value[], now: number): boolean {
    const door = doorOf(facet);
    const shelf = this.#shelves.get(keyOf(facet, resolution, start));
    const known = shelf === undefined ? this.#readOne(facet, resolution, start) : shelf.buckets.get(start);
    const isOne = known === undefined && shelf === undefined && values.length === 1;
    const value = known ?? (isOne ? (values[0] as Value) : door.empty());
    const before = known === undefined ? 0 : door.size(known);
    if (!isOne) for (const other of values) door.merge(value, other);
    if (shelf !== undefined) {
      shelf.buckets.set(start, value);
      this.#weigh(shelf, door.size(value) - before);
      this.#forget();
    }
    this.cellsWritten += Math.max(1, door.size(value));
    const pieces = door.save(value);
    pieces.forEach((body, i) => {
      const piece: Piece = { pieces: pieces.length, body };
      this.#tiers.put(resolution, { series: seriesOf(facet, i), start, value: piece }, now);
    });
    return known !== undefined;
  }

  /** One bucket. It is this object's own: read only. */
  get(facet: Facet, resolution: Resolution, start: number): Value | undefined {
    const shelf = this.#shelves.get(keyOf(facet, resolution, start));
    return shelf === undefined ? this.#readOne(facet, resolution, start) : shelf.buckets.get(start);
  }

  /** The buckets of a facet in a stretch. They are this object's own: read only. */
  *in(facet: Facet, { resolution, from, to }: Stretch): Generator<Value> {
    const width = SHELF_MS[resolution];
    for (let at = floorTo(from, width); at < to; at += width) {
      const { buckets } = this.#shelf(facet, resolution, at);
      for (const [start, value] of buckets) if (start >= from && start < to) yield value;
      this.#forget();
    }
  }

  /** The disk is ahead of memory, or behind it. */
  clear(): void {
    this.#shelves.clear();
    this.#cells = 0;
  }

  #shelf(facet: Facet, resolution: Resolution, at: number): Shelf {
    const width = SHELF_MS[resolution];
    const start = floorTo(at, width);
    const key = keyOf(facet, resolution, start);
    let shelf = this.#shelves.get(key);
    if (shelf === undefined) {
      shelf = this.#read(facet, resolution, start, start + width);
      this.#cells += shelf.cells;
    } else this.#shelves.delete(key);
    this.#shelves.set(key, shelf);
    return shelf;
  }

  #readOne(facet: Facet, resolution: Resolution, start: number): Value | undefined {
    return this.#read(facet, resolution, start, start + 1).buckets.get(start);
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

const keyOf = (facet: Facet, resolution: Resolution, at: number): string =>
  `${facet}/${resolution}/${floorTo(at, SHELF_MS[resolution])}`;
