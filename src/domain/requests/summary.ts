/* The figures that a ranking needs, of one window: one row per key, made of any number of minutes, hours and days of any
 * number of objects. Plain data, safe over RPC. The bounds of tables (table.ts) hold for sums of them as well:
 *
 *   a key without a row has at most `floor` requests in the window
 *   a key with one has between count and count + missed
 *   all that is missed, together, is `lost` */
import { type Cell, emptyCell, mergeCell } from "./cell";
import type { Largest, Order } from "./largest";
import { accepts, type CodeFilter, statusOf } from "./method";
import type { Group, Table } from "./table";

export interface Row extends Cell {
  /** Requests with a status from the threshold on. */
  errors: number;
  missed: number;
}

export interface Summary {
  rows: Map<string, Row>;
  lost: Row;
  floor: number;
  /** Something is left out that no bound speaks of. */
  truncated: boolean;
}

/** What of a window is asked for. */
export interface Question extends CodeFilter {
  /** Requests with this status or a greater one count as errors. */
  errorsFrom: number;
  /** Whether distributions are needed. */
  sketches: boolean;
}

/** Rows kept of a window; beyond them the rarest go, as in a table. */
export const ROWS_MAX = 150_000;
const SLACK = 1.1;

const emptyRow = (missed = 0): Row => ({ ...emptyCell(), errors: 0, missed });
export const emptySummary = (): Summary => ({ rows: new Map(), lost: emptyRow(), floor: 0, truncated: false });

function addCell(row: Row, cell: Cell, errors: number, sketches: boolean): void {
  mergeCell(row, cell, sketches);
  row.errors += errors;
}

/** Adds what of a group is asked for. */
function addGroup(row: Row, { codes, cells }: Group, question: Question): void {
  codes.forEach((code, i) => {
    const cell = cells[i] as Cell;
    if (!accepts(question, code)) return;
    addCell(row, cell, statusOf(code) >= question.errorsFrom ? cell.count : 0, question.sketches);
  });
}

function rowOf(summary: Summary, key: string): Row {
  let row = summary.rows.get(key);
  if (row === undefined) {
    row = emptyRow(summary.floor);
    summary.rows.set(key, row);
  }
  return row;
}

/** What is missed of keys that the other one does not have. */
function raise(summary: Summary, floor: number, has: (key: string) => boolean): void {
  if (floor === 0) return;
  for (const [key, row] of summary.rows) if (!has(key)) row.missed += floor;
}

/** Adds a table's requests by its keys. */
export function addTable(summary: Summary, table: Table, question: Question, limit = ROWS_MAX): void {
  const asked = ({ codes }: Group) => codes.some((code) => accepts(question, code));
  raise(summary, table.floor, (key) => table.groups.has(key));
  for (const [key, group] of table.groups) {
    // What was missed of it may be what is asked for; where there is no row, the floor says so.
    const row = asked(group) ? rowOf(summary, key) : summary.rows.get(key);
    if (row === undefined) continue;
    row.missed += group.missed;
    addGroup(row, group, question);
  }
  addGroup(summary.lost, table.lost, question);
  summary.floor += table.floor;
  prune(summary, limit);
}

/** Adds a table's requests by their status, which is exact: what a table lost is known by status. */
export function addStatuses(summary: Summary, table: Table, question: Question): void {
  for (const group of [...table.groups.values(), table.lost]) {
    group.codes.forEach((code, i) => {
      if (!accepts(question, code)) return;
      const cell = group.cells[i] as Cell;
      const errors = statusOf(code) >= question.errorsFrom ? cell.count : 0;
      addCell(rowOf(summary, String(statusOf(code))), cell, errors, question.sketches);
    });
  }
}

/** Adds single requests, those that come first in an order. */
export function addLargest(summary: Summary, largest: Largest, question: Question, order: Order): void {
  summary.truncated ||= largest.truncated;
  for (const [code, lists] of largest.codes) {
    if (!accepts(question, code)) continue;
    for (const [id, us, bytes] of lists[order]) {
      const row = rowOf(summary, id);
      const timed = us === null ? {} : { timed: 1, us, min: us, max: us };
      const sized = bytes === null ? {} : { sized: 1, bytes };
      Object.assign(row, { count: 1, errors: statusOf(code) >= question.errorsFrom ? 1 : 0, ...timed, ...sized });
    }
  }
}

/** Adds all of `other`, which stays as it is. */
export function mergeSummary(into: Summary, other: Summary, limit = ROWS_MAX): void {
  raise(into, other.floor, (key) => other.rows.has(key));
  for (const [key, theirs] of other.rows) {
    const row = rowOf(into, key);
    row.missed += theirs.missed;
    addCell(row, theirs, theirs.errors, true);
  }
  addCell(into.lost, other.lost, other.lost.errors, true);
  into.floor += other.floor;
  into.truncated ||= other.truncated;
  prune(into, limit);
}

/** A copy whose rows may be changed without changing the original. */
export function copySummary({ rows, lost, floor, truncated }: Summary): Summary {
  const copy: Summary = { rows: new Map(), lost: copyRow(lost), floor, truncated };
  for (const [key, row] of rows) copy.rows.set(key, copyRow(row));
  return copy;
}

const copyRow = (row: Row): Row =>
  row.sketch === undefined
    ? { ...row }
    : { ...row, sketch: { folds: row.sketch.folds, bins: new Map(row.sketch.bins) } };

function prune(summary: Summary, limit: number): void {
  if (summary.rows.size <= limit * SLACK) return;
  const all = [...summary.rows].map(([key, row]) => ({ key, row, most: row.count + row.missed }));
  all.sort((a, b) => b.most - a.most || (a.key < b.key ? -1 : 1));
  for (const { key, row, most } of all.slice(limit)) {
    summary.floor = Math.max(summary.floor, most);
    addCell(summary.lost, row, row.errors, true);
    summary.rows.delete(key);
  }
}
