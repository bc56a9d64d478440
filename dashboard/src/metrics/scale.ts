/* Where a picture of timelines puts moments and values, and the room that the values beside it take. Pure. */
import { valueTicks } from "./plot";
import type { Span } from "./view";
import { tickLabels } from "./words";

export const PAD = { top: 12, right: 62, bottom: 26, left: 8 };
/** Between the picture and the values beside it, and after them. */
export const LABEL_GAP = 8;
/** A figure of the labels is at most so wide. */
const LETTER_PX = 7.7;

export interface Scale {
  /** Where the picture ends: values stand beside it. */
  right: number;
  x(at: number): number;
  y(value: number): number;
  /** The moment at a place. */
  moment(x: number): number;
}

export const ticksOf = (height: number, [low, high]: [number, number]): number[] => valueTicks(low, high, height / 45);

/** A label that is cut short is another number. */
function labelRoom(height: number, domain: [number, number]): number {
  const longest = Math.max(0, ...tickLabels(ticksOf(height, domain)).map((label) => label.length));
  return Math.max(PAD.right, 2 * LABEL_GAP + longest * LETTER_PX);
}

export function scaleOf(width: number, height: number, { from, to }: Span, [low, high]: [number, number]): Scale {
  const right = width - labelRoom(height, [low, high]);
  const across = right - PAD.left;
  const down = height - PAD.bottom - PAD.top;
  return {
    right,
    x: (moment) => PAD.left + ((moment - from) / (to - from)) * across,
    y: (value) => PAD.top + ((high - value) / (high - low)) * down,
    moment: (x) => from + ((x - PAD.left) / across) * (to - from),
  };
}
