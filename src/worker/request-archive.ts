/* Single requests beyond the logs of their objects: parts of the archive, the youngest first, for as long as a page needs
 * them and a call may take.
 *
 * Parts are listed by when they are kept from, which is no earlier than when any of their entries came. So the latest
 * arrival of what is listed and not read, and the age of the last one listed, bound what may still be unseen: everything
 * later than that moment was seen. A page depends on its place alone, never on what was read for the one before: whatever
 * leaves a log meanwhile is found here. */
import type { ManifestRow } from "../domain/archive/manifest";
import { type Unread, UnreadReason } from "../domain/requests/answers";
import {
  comparePlaces,
  type Found,
  foundInLines,
  isInLog,
  type LogRange,
  type Place,
  placeBefore,
  type Search,
} from "../domain/requests/kept";
import { firstOf, type Look, pageOf } from "../domain/requests/page";
import { isoOf } from "../domain/time";
import type { ManifestPlace } from "../storage/queries/archive";

/** The archive as it is asked. */
export interface ArchiveDoor {
  /** Parts that may have what is wanted, by `kept_from`, the greatest first. */
  list(after: ManifestPlace | undefined, limit: number): Promise<ManifestRow[]>;
  /** Undefined when the bucket does not have it. */
  read(row: ManifestRow): Promise<string[] | undefined>;
  /** Epoch ms. */
  now(): number;
}

/** What a call may take. It goes beyond only where it would not get past the moment at which it began. */
export interface Limits {
  parts: number;
  /** Uncompressed. */
  chars: number;
  ms: number;
  /** Rows of the manifest that are asked for at once. */
  listed: number;
}
export const LIMITS: Limits = { parts: 100, chars: 64_000_000, ms: 2_000, listed: 200 };

/** Parts that are fetched at once: the platform opens six connections, and lines are ten times as long uncompressed. */
const TOGETHER = { parts: 6, bytes: 1_000_000 };

export interface ArchiveLook extends Look {
  unread: Unread[];
  parts: number;
}

/** What the logs of all objects said. */
export interface Logs extends Look {
  /** By ledger, as the manifest names it. */
  has: ReadonlyMap<string, LogRange | undefined>;
}

export class ArchiveSearch {
  readonly #search: Search;
  readonly #logs: Logs;
  readonly #door: ArchiveDoor;
  readonly #limits: Limits;
  #found: Found[] = [];
  /** Listed and not read, the latest arrival first. */
  #waiting: ManifestRow[] = [];
  #listed: ManifestRow | undefined;
  #isAllListed = false;
  #unread: Unread[] = [];
  #parts = 0;
  #chars = 0;

  constructor(search: Search, logs: Logs, door: ArchiveDoor, limits: Limits = LIMITS) {
    this.#search = search;
    this.#logs = logs;
    this.#door = door;
    this.#limits = limits;
  }

  async run(): Promise<ArchiveLook> {
    const end = this.#door.now() + this.#limits.ms;
    while (!this.#isDone(end)) {
      const [next] = this.#waiting;
      const mayBeLater = !this.#isAllListed && (next === undefined || next.last_at < this.#listedTo());
      if (mayBeLater) await this.#list();
      else await this.#read();
    }
    return { found: this.#found, to: this.#to(), unread: this.#unread, parts: this.#parts };
  }

  #isDone(end: number): boolean {
    const to = this.#to();
    if (to === undefined) return true;
    if (this.#listed === undefined) return false;
    const { after, limit } = this.#search;
    if (after !== undefined && comparePlaces(to, after) <= 0) return false;
    if (this.#logs.to !== undefined && comparePlaces(this.#logs.to, to) <= 0) return true;
    if (pageOf([this.#logs, { found: this.#found, to }], limit).rows.length >= limit) return true;
    return this.#parts >= this.#limits.parts || this.#chars >= this.#limits.chars || this.#door.now() >= end;
  }

  /** Up to where all was seen. */
  #to(): Place | undefined {
    const arrivals = this.#waiting.slice(0, 1).map(({ last_at }) => last_at);
    if (!this.#isAllListed) arrivals.push(this.#listedTo());
    return arrivals.length === 0 ? undefined : placeBefore(Math.max(...arrivals));
  }

  #listedTo = (): number => this.#listed?.kept_from ?? Number.MAX_SAFE_INTEGER;

  async #list(): Promise<void> {
    const { listed } = this.#limits;
    const rows = await this.#door.list(this.#listed, listed);
    this.#listed = rows.at(-1) ?? this.#listed;
    this.#isAllListed = rows.length < listed;
    this.#waiting.push(...rows.filter((row) => !isInLog(row, this.#logs.has.get(row.object))));
    this.#waiting.sort((a, b) => b.last_at - a.last_at);
  }

  async #read(): Promise<void> {
    let [count, bytes] = [0, 0];
    for (const row of this.#waiting.slice(0, TOGETHER.parts)) {
      bytes += row.bytes;
      if (count > 0 && bytes > TOGETHER.bytes) break;
      count++;
    }
    const rows = this.#waiting.splice(0, count);
    const read = await Promise.all(rows.map((row) => this.#foundIn(row)));
    this.#parts += rows.length;
    // One more than a page tells that there is more.
    this.#found = firstOf([...this.#found, ...read.flat()], this.#search.limit + 1);
  }

  /** A part that cannot be read is said, and the others are read all the same. */
  async #foundIn(row: ManifestRow): Promise<Found[]> {
    try {
      const lines = await this.#door.read(row);
      if (lines !== undefined) {
        this.#chars += lines.reduce((sum, { length }) => sum + length, 0);
        return foundInLines(this.#search, lines);
      }
      this.#unread.push(unreadOf(row, UnreadReason.enum.missing));
    } catch (error) {
      console.error("a part of the archive cannot be read", row.key, row.object, error);
      this.#unread.push(unreadOf(row, UnreadReason.enum.unreadable));
    }
    return [];
  }
}

const unreadOf = ({ key, object, entries, first_at, last_at }: ManifestRow, reason: UnreadReason): Unread => ({
  ...{ key, object, entries, reason },
  first_at: isoOf(first_at),
  last_at: isoOf(last_at),
});
