/* Count-downs and local times. Pure. */

const SECOND = 1_000;
const two = (n: number): string => String(n).padStart(2, "0");

/** 07:43, or 2:07:43 from an hour on. Reaches 00:00 at the moment itself, not a second before. */
export function countDown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / SECOND));
  const [hours, minutes, seconds] = [Math.floor(s / 3_600), Math.floor((s % 3_600) / 60), s % 60];
  return hours === 0 ? `${two(minutes)}:${two(seconds)}` : `${hours}:${two(minutes)}:${two(seconds)}`;
}

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const PRECISE = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** 19:05 where the reader is. */
export const localTime = (at: number): string => TIME.format(at);
/** 19:05:12 where the reader is. */
export const localMoment = (at: number): string => PRECISE.format(at);
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The day is named when it is not today. */
const dayUnlessToday = (at: number, now: number): string =>
  DAY.format(at) === DAY.format(now) ? "" : `${DAY.format(at)}, `;

/** 19:05–19:15; with days where they are not today. */
export function localSpan(start: number, end: number, now: number): string {
  const isOneDay = DAY.format(start) === DAY.format(end);
  const until = isOneDay ? localTime(end) : `${dayUnlessToday(end, now)}${localTime(end)}`;
  return `${dayUnlessToday(start, now)}${localTime(start)}–${until}`;
}
