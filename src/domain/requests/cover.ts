/* Which stored buckets make up a span of time: whole days, whole hours at both ends of them, minutes at the ends of those. */
import { bucketStart, RESOLUTIONS, type Resolution } from "../bucket";

export interface Stretch {
  resolution: Resolution;
  /** Half-open, whole buckets. */
  from: number;
  to: number;
}

const COARSER: Record<Resolution, Resolution | undefined> = { minute: "hour", hour: "day", day: undefined };

/** Stretches in order of time that cover [from, to) once, both whole minutes: as few buckets as there can be. */
export function coverOf(from: number, to: number, resolution: Resolution = "minute"): Stretch[] {
  if (from >= to) return [];
  const coarser = COARSER[resolution];
  if (coarser === undefined) return [{ resolution, from, to }];
  const start = bucketStart(from + RESOLUTIONS[coarser] - 1, coarser);
  const end = bucketStart(to, coarser);
  if (start >= end) return [{ resolution, from, to }];
  const stretches = [{ resolution, from, to: start }, ...coverOf(start, end, coarser), { resolution, from: end, to }];
  return stretches.filter((stretch) => stretch.from < stretch.to);
}
