/* One gap of D1, put back from the archive: entries in the order of their rows, in batches of a bounded size. Each batch is
 * guarded by where the gap stands and moves it, so whoever does it, how often ever and whenever it breaks off, an entry has
 * its effect once. */
import { type Cover, coversOf } from "../domain/archive/cover";
import type { ArchiveDomain } from "../domain/archive/domains";
import type { Followed } from "../domain/archive/follow";
import { ArchiveLine } from "../domain/archive/line";
import type { ManifestRow } from "../domain/archive/manifest";
import type { Gap } from "../domain/event";
import { birthOf } from "../domain/ledger/position";
import { readPart } from "../storage/archive";
import { partsOfEpoch } from "../storage/queries/archive";
import { type Beyond, moveGap, noteGaps, refillGuard, type StoredGap } from "../storage/queries/gaps";
import { BATCH, mergeOf } from "./merge";
import type { Orphan } from "./orphaned";

/** Parts of the archive that are listed at once. */
const LISTED = 500;

/** What a request may take. */
export interface Budget {
  parts: number;
  /** Uncompressed. */
  chars: number;
  /** Epoch ms. */
  until: number;
}

export interface GapWork {
  env: Env;
  domain: ArchiveDomain;
  cursor: Beyond;
  followed: Followed;
  gap: StoredGap;
  /** The last row that the epoch is known to have had. */
  end: number | undefined;
  /** The epoch that took this one's place; undefined where its rows may have been sent in a later one. */
  before: string | undefined;
  /** Parts that the manifest does not name; in place of those that it names. */
  orphans?: readonly Orphan[];
  /** What the archive does not have, whatever the manifest says. */
  lacks: readonly Gap[];
  budget: Budget;
}

const betweenRows = (gaps: readonly Gap[]): Gap[] => gaps.filter(({ to }) => to !== null);

/** What the archive has of a range of rows. */
interface Piece {
  row: ManifestRow;
  cover: Cover;
}

/** Somebody else moved the gap, or D1 went back. */
class Moved extends Error {}

export class GapRefill {
  readonly #work: GapWork;
  readonly #end: number;
  /** Where the gap stands in D1, and what is gathered to move it. */
  #stored: number;
  #at: number;
  #parts: unknown[] = [];
  #chars = 0;
  #events = 0;
  #entries = 0;
  #missing: Gap[] = [];
  /** Entries put back. */
  found = 0;

  constructor(work: GapWork) {
    this.#work = work;
    this.#end = Math.min(work.gap.to ?? Number.MAX_SAFE_INTEGER, work.end ?? Number.MAX_SAFE_INTEGER);
    this.#stored = work.gap.after;
    this.#at = work.gap.after;
  }

  /** The last row that is put back, or known to be missing. */
  get mergedTo(): number {
    return this.#stored;
  }

  /** True when everything that the archive has is put back. */
  async run(): Promise<boolean> {
    try {
      const isDone = await this.#takeAll();
      await this.#flush();
      return isDone;
    } catch (error) {
      if (error instanceof Moved) return false;
      throw error;
    }
  }

  async #takeAll(): Promise<boolean> {
    const { domain, cursor, gap, before, env, orphans, lacks } = this.#work;
    if (orphans !== undefined)
      return this.#takeThese(orphans.flatMap(({ row, gaps }) => this.#piecesOf(row, betweenRows(gaps))));
    const query = { domain, object: cursor.object, epoch: gap.epoch, since: birthOf(gap.epoch), before, limit: LISTED };
    let from = { to_epoch: "", to_pos: 0 };
    for (;;) {
      const rows = await partsOfEpoch(env.DB, { ...query, after: this.#at, to: gap.to ?? undefined, from });
      if (!(await this.#takeThese(rows.flatMap((row) => this.#piecesOf(row, lacks))))) return false;
      if (rows.length < LISTED) return true;
      from = rows.at(-1) as ManifestRow;
    }
  }

  async #takeThese(pieces: Piece[]): Promise<boolean> {
    for (const piece of pieces.sort((a, b) => a.cover.after - b.cover.after)) {
      if (this.#isSpent()) return false;
      await this.#take(piece);
    }
    return true;
  }

  #isSpent(): boolean {
    const { parts, chars, until } = this.#work.budget;
    return parts <= 0 || chars <= 0 || Date.now() >= until;
  }

  #piecesOf(row: ManifestRow, lacks: readonly Gap[]): Piece[] {
    const { epoch } = this.#work.gap;
    const own = lacks.filter((gap) => gap.epoch === epoch);
    return coversOf(row, epoch, own).map((cover) => ({ row, cover }));
  }

  async #take({ row, cover }: Piece): Promise<void> {
    if (cover.after >= this.#end || (cover.to ?? Number.POSITIVE_INFINITY) <= this.#at) return;
    const lines = await this.#linesOf(row);
    if (lines === undefined) return;
    const last = lines.reduce((most, { pos }) => Math.max(most, pos), 0);
    const isWhole = row.to_epoch === this.#work.gap.epoch;
    const from = Math.max(cover.after, this.#at);
    const to = Math.min(this.#end, cover.to ?? last, isWhole ? this.#end : last);
    if (to <= from) return;
    if (from > this.#at) this.#missing.push({ epoch: this.#work.gap.epoch, after: this.#at, to: from });
    this.#at = from;
    for (const line of lines) {
      if (line.pos <= from || line.pos > to) continue;
      // Rows are never torn: a batch ends with one.
      if (line.pos !== this.#at && this.#isFull()) await this.#flush();
      this.#add(line);
    }
    this.#at = to;
  }

  /** Those of the gap's epoch; undefined when the bucket does not have them or they cannot be read. */
  async #linesOf(row: ManifestRow): Promise<ArchiveLine[] | undefined> {
    const { env, gap, budget } = this.#work;
    budget.parts--;
    try {
      const lines = await readPart(env.ARCHIVE, row);
      for (const { length } of lines ?? []) budget.chars -= length;
      return lines
        ?.map((line) => ArchiveLine.parse(JSON.parse(line)))
        .filter(({ object, log_epoch }) => object === row.object && log_epoch === gap.epoch);
    } catch (error) {
      console.error("a part of the archive cannot be read", row.key, row.object, error);
      return undefined;
    }
  }

  #add(line: ArchiveLine): void {
    const parts = this.#work.followed.parts(line);
    this.#parts.push(...parts);
    this.#chars += JSON.stringify(parts).length;
    this.#events += line.events ?? 0;
    this.#entries++;
    this.#at = line.pos;
  }

  #isFull(): boolean {
    const isOver = () => this.#parts.length > BATCH.parts || this.#chars > BATCH.chars;
    if (!isOver()) return false;
    this.#parts = this.#work.followed.join(this.#parts);
    this.#chars = JSON.stringify(this.#parts).length;
    return isOver();
  }

  async #flush(): Promise<void> {
    if (this.#at === this.#stored) return;
    const { env, cursor, gap, followed } = this.#work;
    const { object, purpose } = cursor;
    const { DB } = env;
    const now = Date.now();
    const { epoch } = gap;
    const place = { ...gap, after: this.#stored };
    const guard = refillGuard(cursor, place);
    const [from, to] = [this.#stored, this.#at].map((pos) => ({ epoch, pos })) as [Beyond["at"], Beyond["at"]];
    const parts = followed.join(this.#parts);
    const { statements, counted } = await mergeOf(
      DB,
      [{ v: 1, object, purpose, from, to, events: this.#events, parts }],
      guard,
      now,
    );
    const results = await DB.batch([
      ...statements,
      ...noteGaps(DB, object, purpose, this.#missing, guard, now),
      ...moveGap(DB, cursor, place, this.#at, counted, now),
    ]);
    if (results.at(-1)?.meta.changes !== 1) throw new Moved();
    this.found += this.#entries;
    this.#stored = this.#at;
    this.#parts = [];
    this.#missing = [];
    this.#chars = this.#events = this.#entries = 0;
  }
}
