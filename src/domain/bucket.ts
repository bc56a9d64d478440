/* Time buckets: UTC, half-open [start, start + width), labelled by their start. */

export const RESOLUTIONS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Resolution = keyof typeof RESOLUTIONS;

/** The start of the bucket that holds `at` (both epoch ms). */
export function bucketStart(at: number, resolution: Resolution): number {
  const width = RESOLUTIONS[resolution];
  return Math.floor(at / width) * width;
}

/** The first moment after the bucket that begins at `start`. */
export const bucketEnd = (start: number, resolution: Resolution): number => start + RESOLUTIONS[resolution];
