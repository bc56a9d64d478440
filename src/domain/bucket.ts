/* Time buckets: UTC, half-open [start, start + width), labelled by their start. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./units";

/** Widths, the narrowest first. */
export const RESOLUTIONS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;
export type Resolution = keyof typeof RESOLUTIONS;
export const RESOLUTION_NAMES = ["minute", "hour", "day"] as const satisfies Resolution[];

/** The last multiple of a width that is not after `at`. */
export const floorTo = (at: number, width: number): number => Math.floor(at / width) * width;

/** The start of the bucket that holds `at` (both epoch ms). */
export const bucketStart = (at: number, resolution: Resolution): number => floorTo(at, RESOLUTIONS[resolution]);

/** The first moment after the bucket that begins at `start`. */
export const bucketEnd = (start: number, resolution: Resolution): number => start + RESOLUTIONS[resolution];
