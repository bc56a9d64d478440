/* (epoch, seq): the one ordering primitive. Epochs sort as strings, a later-born one replaces an earlier one. */
import * as z from "zod";

/** What a client claims is kept with its socket and compared with what is true: nothing but letters and digits. */
const Epoch = z.string().regex(/^[0-9a-z]{0,32}$/, "is no epoch");

export const Position = z.object({ epoch: Epoch, seq: z.number().int().nonnegative() });
export type Position = z.infer<typeof Position>;

/** Negative when `a` comes before `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

/** `epoch:seq`, as in `?after=`, `?min=` and ETags. */
export const formatPosition = (p: Position): string => `${p.epoch}:${p.seq}`;

/** Undefined when the text is not `epoch:seq`. `:0` is the beginning of whatever epoch there is. */
export function parsePosition(text: string): Position | undefined {
  const match = /^([0-9a-z]{1,32}|(?=:0$)):(\d{1,15})$/.exec(text);
  return match ? { epoch: match[1] as string, seq: Number(match[2]) } : undefined;
}

const TIME_DIGITS = 9; // base 36: enough until the year 5188
const RANDOM_DIGITS = 6;

const CLOCKS_MS = 86_400_000;

/** A new epoch: birth time and a random part in base 36. It sorts after `previous` even where the clock went back.
 * @param random a number in [0, 1) */
export function mintEpoch(now: number, random: number, previous = ""): string {
  const before = previous === "" ? 0 : Number.parseInt(previous.slice(0, TIME_DIGITS), 36) + 1;
  const birth = Math.max(now, before).toString(36).padStart(TIME_DIGITS, "0");
  const tail = Math.floor(random * 36 ** RANDOM_DIGITS)
    .toString(36)
    .padStart(RANDOM_DIGITS, "0");
  return birth + tail;
}

/** No entry of an epoch was written before, epoch ms: its birth, less what clocks may differ by. */
export function birthOf(epoch: string): number {
  const birth = Number.parseInt(epoch.slice(0, TIME_DIGITS), 36);
  return Number.isFinite(birth) ? birth - CLOCKS_MS : 0;
}
