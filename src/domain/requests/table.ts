/* Requests of one minute (hour, day) by one key: endpoint, or user. Exact for the first 50,000 keys; beyond them the
 * rarest go, and what may have been missed of any key is known.
 *
 * Source: A. Metwally, D. Agrawal, A. El Abbadi, "Efficient computation of frequent and top-k elements in data streams"
 * (Space-Saving), ICDT 2005. There a new key takes the place and the count of the rarest at once. Here some more keys than
 * the bound gather first and the rarest go together, which costs a sort for every few thousand new keys instead of a heap
 * for every request. The figures of those that go add up in `lost`, so totals stay exact. Three things always hold:
 *
 *   a key that is not in the table has at most `floor` requests
 *   a key that is in it has between count and count + missed
 *   what was missed, of all keys together, is exactly what `lost` counts
 *
 * and of n requests added one by one, floor ≤ n / keys. */
import { addToCell, type Cell, emptyCell, loadCell, type Measured, mergeCell, type SavedCell, saveCell } from "./cell";

export interface TableLimits {
  /** Keys that stay when some must go, and that are exact before. */
  keys: number;
  /** The same for cells: a key has one per method and status. */
  cells: number;
}

export const LIMITS: TableLimits = { keys: 50_000, cells: 150_000 };
/** So many times the limit may gather before the rest goes. */
const SLACK = 1.1;

/** The figures of one key, per method and status (codeOf). */
export interface Group {
  codes: number[];
  cells: Cell[];
  /** At most so many of its requests are in `lost` instead. */
  missed: number;
}

export interface Table {
  groups: Map<string, Group>;
  /** Cells of all groups. */
  size: number;
  floor: number;
  lost: Group;
}

const emptyGroup = (missed: number): Group => ({ codes: [], cells: [], missed });
export const emptyTable = (): Table => ({ groups: new Map(), size: 0, floor: 0, lost: emptyGroup(0) });

function cellOf(group: Group, code: number): { cell: Cell; isNew: boolean } {
  const at = group.codes.indexOf(code);
  if (at >= 0) return { cell: group.cells[at] as Cell, isNew: false };
  const cell = emptyCell();
  group.codes.push(code);
  group.cells.push(cell);
  return { cell, isNew: true };
}

function groupOf(table: Table, key: string): Group {
  let group = table.groups.get(key);
  if (group === undefined) {
    group = emptyGroup(table.floor);
    table.groups.set(key, group);
  }
  return group;
}

export function addToTable(table: Table, key: string, code: number, measured: Measured, limits = LIMITS): void {
  const { cell, isNew } = cellOf(groupOf(table, key), code);
  addToCell(cell, measured);
  if (!isNew) return;
  table.size++;
  prune(table, limits);
}

/** Adds all of `other`, which stays as it is. */
export function mergeTable(into: Table, other: Table, limits = LIMITS): void {
  if (other.floor > 0) {
    for (const [key, group] of into.groups) if (!other.groups.has(key)) group.missed += other.floor;
  }
  for (const [key, theirs] of other.groups) {
    const group = groupOf(into, key);
    group.missed += theirs.missed;
    into.size += addGroup(group, theirs);
  }
  addGroup(into.lost, other.lost);
  into.floor += other.floor;
  prune(into, limits);
}

/** Returns how many cells are new. */
function addGroup(into: Group, other: Group): number {
  let added = 0;
  other.codes.forEach((code, i) => {
    const { cell, isNew } = cellOf(into, code);
    mergeCell(cell, other.cells[i] as Cell);
    if (isNew) added++;
  });
  return added;
}

const countOf = ({ cells }: Group): number => cells.reduce((sum, cell) => sum + cell.count, 0);

function prune(table: Table, { keys, cells }: TableLimits): void {
  if (table.groups.size <= keys * SLACK && table.size <= cells * SLACK) return;
  const all = [...table.groups].map(([key, group]) => ({ key, group, most: countOf(group) + group.missed }));
  all.sort((a, b) => b.most - a.most || (a.key < b.key ? -1 : 1));
  let size = 0;
  all.forEach(({ key, group, most }, i) => {
    size += group.cells.length;
    // One key alone always stays, whatever it is made of.
    if (i === 0 || (i < keys && size <= cells)) return;
    table.floor = Math.max(table.floor, most);
    addGroup(table.lost, group);
    table.groups.delete(key);
    table.size -= group.cells.length;
  });
}

/* === On disk ========================================================================================================= */

/** `[code, …cell]` */
type SavedCells = [code: number, cell: SavedCell][];
export interface SavedTable {
  floor: number;
  lost: SavedCells;
  groups: [key: string, missed: number, cells: SavedCells][];
}

const saveGroup = ({ codes, cells }: Group): SavedCells => codes.map((code, i) => [code, saveCell(cells[i] as Cell)]);

export const saveTable = ({ floor, lost, groups }: Table): SavedTable => ({
  floor,
  lost: saveGroup(lost),
  groups: [...groups].map(([key, group]) => [key, group.missed, saveGroup(group)]),
});

/** A table may come in pieces, and a key in several of them. */
export function loadTable(pieces: readonly SavedTable[]): Table {
  const table = emptyTable();
  for (const { floor, lost, groups } of pieces) {
    table.floor = Math.max(table.floor, floor);
    append(table.lost, lost);
    for (const [key, missed, cells] of groups) {
      let group = table.groups.get(key);
      if (group === undefined) {
        group = emptyGroup(missed);
        table.groups.set(key, group);
      }
      append(group, cells);
      table.size += cells.length;
    }
  }
  return table;
}

function append(group: Group, cells: SavedCells): void {
  for (const [code, cell] of cells) {
    group.codes.push(code);
    group.cells.push(loadCell(cell));
  }
}

/** Characters of a number with its comma, and of what surrounds a cell or a group. */
const NUMBER_CHARS = 8;
const FRAME_CHARS = 24;
const charsOf = (cell: SavedCell): number => FRAME_CHARS + cell.length * NUMBER_CHARS;

/** Pieces of about so many bytes at most, one at least: what is stored has a limit per row, and a table has none. */
export function splitTable({ floor, lost, groups }: SavedTable, bytes: number): SavedTable[] {
  let piece: SavedTable = { floor, lost: [], groups: [] };
  let size = 0;
  const pieces = [piece];
  const makeRoom = (more: number): boolean => {
    if (size > 0 && size + more > bytes) {
      piece = { floor, lost: [], groups: [] };
      pieces.push(piece);
      size = 0;
    }
    size += more;
    return size === more;
  };
  for (const saved of lost) {
    makeRoom(charsOf(saved[1]));
    piece.lost.push(saved);
  }
  for (const [key, missed, cells] of groups) {
    cells.forEach((saved, i) => {
      // Three bytes a character; what needs more is escaped, and compresses.
      const isNew = makeRoom(charsOf(saved[1]) + key.length * 3);
      if (isNew || i === 0) piece.groups.push([key, missed, []]);
      piece.groups.at(-1)?.[2].push(saved);
    });
  }
  return pieces;
}
