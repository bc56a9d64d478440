/* Closed windows as they are packed: a block holds ten minutes, an hour, or thirty days of all series of a group.
 *
 * Rows written are the bill: with thirty series of one machine in a group, ten minutes of them are one row. */
import { floorTo, RESOLUTIONS, type Resolution } from "../bucket";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../units";
import { copyRollup, loadRollup, mergeRollup, type Rollup, type SavedRollup, saveRollup } from "./rollup";

/** Minutes in one row. */
export const BLOCK_MS = 10 * MINUTE_MS;

/** The span of one row of a tier. */
export const SPAN_MS: Record<Resolution, number> = { minute: BLOCK_MS, hour: HOUR_MS, day: 30 * DAY_MS };

/** A window that left memory. */
export interface Closed {
  group: string;
  /** The series' number. */
  id: number;
  /** Its first moment. */
  start: number;
  rollup: Rollup;
}

/** Series' number → start of a window within the block, in minutes of the block → its rollup. */
export type PackedBlock = Record<string, Record<string, SavedRollup>>;

/** Closed windows by the rows of a tier they belong to. */
export function byBlock(
  tier: Resolution,
  closed: readonly Closed[],
): { group: string; start: number; windows: Closed[] }[] {
  const blocks = new Map<string, { group: string; start: number; windows: Closed[] }>();
  for (const window of closed) {
    const start = floorTo(window.start, SPAN_MS[tier]);
    const key = `${start} ${window.group}`;
    const block = blocks.get(key);
    if (block === undefined) blocks.set(key, { group: window.group, start, windows: [window] });
    else block.windows.push(window);
  }
  return [...blocks.values()];
}

/** A block with more windows in it; the block itself may be changed. */
export function mergeBlock(tier: Resolution, block: PackedBlock | undefined, windows: readonly Closed[]): PackedBlock {
  const merged = block ?? {};
  const places = new Map<string, { id: number; at: number; rollup: Rollup }>();
  for (const { id, start, rollup } of windows) {
    const at = (floorTo(start, RESOLUTIONS[tier]) - floorTo(start, SPAN_MS[tier])) / MINUTE_MS;
    const place = places.get(`${id} ${at}`);
    if (place === undefined) {
      const before = merged[id]?.[at];
      const into = before === undefined ? copyRollup(rollup) : loadRollup(before);
      if (before !== undefined) mergeRollup(into, rollup);
      places.set(`${id} ${at}`, { id, at, rollup: into });
    } else mergeRollup(place.rollup, rollup);
  }
  for (const { id, at, rollup } of places.values()) {
    merged[id] ??= {};
    merged[id][at] = saveRollup(rollup);
  }
  return merged;
}

/** The windows of some series in a block. */
export function* windowsIn(
  start: number,
  block: PackedBlock,
  ids: ReadonlySet<number>,
): Generator<{ start: number; rollup: Rollup }> {
  for (const id of ids) {
    for (const [at, saved] of Object.entries(block[id] ?? {})) {
      yield { start: start + Number(at) * MINUTE_MS, rollup: loadRollup(saved) };
    }
  }
}
