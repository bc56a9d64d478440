/* Request logs and their archive in memory: objects whose oldest rows go once they are archived, now and then restored to
 * an earlier moment, and what a plain list of it all would answer. */
import { type LinePlace, linesOf } from "../../src/domain/archive/line";
import type { ManifestRow } from "../../src/domain/archive/manifest";
import {
  comparePlaces,
  type Found,
  foundInLines,
  type LogLook,
  type Place,
  type Search,
} from "../../src/domain/requests/kept";
import { joinLooks, type Page, pageOf } from "../../src/domain/requests/page";
import { type ArchiveDoor, ArchiveSearch, type Limits } from "../../src/worker/request-archive";
import { fc } from "../property";

const START = Date.parse("2026-11-21T10:00:00Z");

interface Row {
  epoch: string;
  n: number;
  at: number;
  lines: string[];
}

/** How one object came about: rows of so many requests each, so long after the row before. */
const Life = fc.record({
  rows: fc.array(
    fc.record({ after: fc.nat(3), statuses: fc.array(fc.constantFrom(200, 500), { minLength: 1, maxLength: 3 }) }),
    { maxLength: 25 },
  ),
  /** Rows before the restore, and how many of them it lost. */
  restored: fc.option(fc.tuple(fc.nat(20), fc.nat(4)), { freq: 3 }),
  archived: fc.nat(25),
  recycled: fc.nat(25),
  /** Rows of a part, and how much later than its last entry it is kept from. */
  part: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(6)),
});
type Life = typeof Life extends fc.Arbitrary<infer T> ? T : never;

export const World = fc.record({
  lives: fc.array(Life, { minLength: 1, maxLength: 3 }),
  /** Rows that an object reads at once. */
  look: fc.integer({ min: 1, max: 6 }),
  limits: fc.record({
    parts: fc.integer({ min: 1, max: 3 }),
    chars: fc.constantFrom(1, 64_000_000),
    ms: fc.constantFrom(1, 1_000_000),
    listed: fc.integer({ min: 1, max: 5 }),
  }),
  /** Rows that are archived, and then go, between two pages. */
  step: fc.nat(3),
});
type World = typeof World extends fc.Arbitrary<infer T> ? T : never;

/** One object: every row that was acknowledged, in order; those that a restore lost are in the archive alone. */
class Ledger {
  readonly object: string;
  readonly rows: Row[] = [];
  readonly #lost = new Set<Row>();
  readonly #life: Life;
  archived: number;
  recycled: number;

  constructor(name: string, life: Life) {
    this.object = `RequestIntake/${name}`;
    this.#life = life;
    const [fork, lost] = life.restored ?? [life.rows.length, 0];
    let [at, n, seq, epoch] = [START, 0, 0, "e1"];
    for (const [i, { after, statuses }] of life.rows.entries()) {
      if (i === fork) [n, seq, epoch] = [Math.max(0, n - lost), 0, "e2"];
      at += after;
      n++;
      const place: LinePlace = { object: this.object, log_epoch: epoch, pos: n, reducer: 1 };
      const frames = statuses.map((status_code) =>
        frameOf(name, { epoch, seq: ++seq, at, status_code, timestamp: at - (seq % 7) }),
      );
      const lines = linesOf(place, frames);
      this.rows.push({ epoch, n, at, lines });
    }
    for (const row of this.rows.slice(Math.max(0, fork - lost), fork)) if (life.restored !== null) this.#lost.add(row);
    const least = life.restored === null ? 0 : Math.min(fork, this.rows.length);
    this.archived = Math.min(this.rows.length, Math.max(least, life.archived));
    this.recycled = Math.min(this.archived, life.recycled);
  }

  advance(step: number): void {
    this.archived = Math.min(this.rows.length, this.archived + step);
    this.recycled = Math.min(this.archived, this.recycled + step);
  }

  search(search: Search, most: number): LogLook {
    const kept = this.rows.slice(this.recycled).filter((row) => !this.#lost.has(row));
    const found: Found[] = [];
    let seen = 0;
    let oldest: Row | undefined;
    const rows = kept.filter(({ at }) => at <= (search.after?.at ?? Number.MAX_SAFE_INTEGER)).toReversed();
    for (const row of rows) {
      oldest = row;
      found.push(...foundInLines(search, row.lines));
      // What an object reads at once is more than what came in one moment.
      const isBefore = search.after !== undefined && comparePlaces(firstPlace(row), search.after) <= 0;
      if (!isBefore) seen++;
      if (seen >= most || found.length >= search.limit) break;
    }
    const head = this.rows.findLast((row) => !this.#lost.has(row));
    const isAll = seen < most && found.length < search.limit;
    const has =
      oldest && head && oldest.epoch === head.epoch ? { epoch: head.epoch, from: oldest.n, to: head.n } : undefined;
    return { found, to: isAll || oldest === undefined ? undefined : firstPlace(oldest), has };
  }

  parts(): { row: ManifestRow; lines: string[] }[] {
    const [size, slack] = this.#life.part;
    const parts: { row: ManifestRow; lines: string[] }[] = [];
    for (let i = 0; i < this.archived; i += size) {
      const rows = this.rows.slice(i, Math.min(this.archived, i + size));
      parts.push({ row: this.#manifest(rows, i, slack), lines: rows.flatMap(({ lines }) => lines) });
    }
    return parts;
  }

  #manifest(rows: Row[], i: number, slack: number): ManifestRow {
    const [first, last] = [rows[0] as Row, rows.at(-1) as Row];
    const times = rows.flatMap(({ lines }) => lines.map((line) => JSON.parse(line).data.timestamp as number));
    const span = { first_at: first.at, last_at: last.at, min_time: Math.min(...times), max_time: Math.max(...times) };
    const from = { from_epoch: i === 0 ? "" : (this.rows[i - 1] as Row).epoch, from_pos: first.n - 1 };
    const where = { domain: "requests" as const, object: this.object, key: `k${i}`, kept_from: last.at + slack };
    return { ...where, ...from, to_epoch: last.epoch, to_pos: last.n, ...span, entries: 1, offset: 0, bytes: 300_000 };
  }
}

interface Told {
  epoch: string;
  seq: number;
  at: number;
  status_code: number;
  timestamp: number;
}

const frameOf = (name: string, { epoch, seq, at, ...more }: Told): string =>
  JSON.stringify({
    topic: `requests/${name}`,
    ...{ epoch, seq, type: "request", at: new Date(at).toISOString() },
    data: { request_id: `${name}:${epoch}:${seq}`, endpoint: "/x", route: "/x", ...more },
  });

const firstPlace = ({ lines }: Row): Place => (foundInLines({ limit: 1 }, lines.slice(0, 1))[0] as Found).place;

export class Kept {
  readonly #world: World;
  readonly #ledgers: Ledger[];
  #clock = 0;

  constructor(world: World) {
    this.#world = world;
    this.#ledgers = world.lives.map((life, i) => new Ledger(`s${i}/0`, life));
  }

  advance(): void {
    for (const ledger of this.#ledgers) ledger.advance(this.#world.step);
  }

  /** What a plain list says. */
  plain(search: Search): string[] {
    const lines = this.#ledgers.flatMap(({ rows }) => rows.flatMap((row) => row.lines));
    return foundInLines(search, lines)
      .sort((a, b) => comparePlaces(a.place, b.place))
      .map(({ request }) => request.request_id);
  }

  async page(search: Search, away: (row: ManifestRow) => boolean = () => false) {
    const looks = this.#ledgers.map((ledger) => ledger.search(search, this.#world.look));
    const ofLogs = joinLooks(looks, search.limit);
    const has = new Map(this.#ledgers.map(({ object }, i) => [object, looks[i]?.has]));
    const archive = new ArchiveSearch(search, { ...ofLogs, has }, this.#door(search, away), this.#limits());
    const ofArchive = await archive.run();
    const page: Page = pageOf([ofLogs, ofArchive], search.limit);
    return { ...page, unread: ofArchive.unread, parts: ofArchive.parts };
  }

  #limits = (): Limits => this.#world.limits;

  #door({ from = 0, to = Number.MAX_SAFE_INTEGER, after }: Search, away: (row: ManifestRow) => boolean): ArchiveDoor {
    const all = this.#ledgers.flatMap((ledger) => ledger.parts());
    const text = ({ kept_from, key, object }: { kept_from: number; key: string; object: string }) =>
      `${kept_from} ${key} ${object}`;
    return {
      list: async (last, limit) =>
        all
          .map(({ row }) => row)
          .filter((row) => row.max_time >= from && row.min_time < to && row.first_at <= (after?.at ?? Infinity))
          .filter((row) => last === undefined || text(row) < text(last))
          .sort((a, b) => (text(a) < text(b) ? 1 : -1))
          .slice(0, limit),
      read: async (row) => (away(row) ? undefined : all.find((part) => part.row === row)?.lines),
      now: () => ++this.#clock,
    };
  }
}
