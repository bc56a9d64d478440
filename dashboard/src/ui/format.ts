/* Numbers and times as people read them. Pure. Times are UTC, as everywhere in the product. */

const PLAIN = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const GROUPED = new Map<number, Intl.NumberFormat>();

export const count = (n: number): string => PLAIN.format(n);

/** As many decimals as the numbers of one column have: a price keeps the precision it was posted with. */
export function decimalsOf(n: number): number {
  const text = String(n);
  const exponent = /^(-?\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (exponent) return Math.min(12, Math.max(0, (exponent[2] ?? "").length - Number(exponent[3])));
  return Math.min(12, (text.split(".")[1] ?? "").length);
}

export function fixed(n: number, decimals: number): string {
  let format = GROUPED.get(decimals);
  if (format === undefined) {
    format = new Intl.NumberFormat("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    GROUPED.set(decimals, format);
  }
  return format.format(n);
}

/** From here on nobody counts the noughts, and no place of the page holds them. */
export const HUGE = 1e15;
const DIGITS = 9;
/** 1.6e+308 */
const byPower = (n: number): string => Number(n.toPrecision(DIGITS)).toExponential();

/** A price with the decimals of its column; one that is too large for any column, or too small for its decimals, by its
 * power of ten: cut short, or as a nought, it would be believed. */
export function priceText(n: number, decimals: number): string {
  const size = Math.abs(n);
  return size >= HUGE || (size > 0 && size < 10 ** -decimals / 2) ? byPower(n) : fixed(n, decimals);
}

/** Figures that were computed: nine significant digits at most. */
const FIGURE = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: DIGITS });
export function figure(n: number | undefined): string {
  if (n === undefined) return "–";
  const size = Math.abs(n);
  return size >= HUGE || (size > 0 && size < 1 / HUGE) ? byPower(n) : FIGURE.format(n);
}

const LARGE_PERCENT = 100_000;

/** U+2212 is as wide as a digit and a plus; a hyphen is not. */
export function signedPercent(fraction: number): string {
  const percent = Math.abs(fraction) * 100;
  const text = percent >= LARGE_PERCENT ? percent.toExponential(1) : fixed(percent, 2);
  if (text === "0.00") return "0.00 %";
  return `${fraction < 0 ? "\u2212" : "+"}${text} %`;
}

export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  if (s < 1) return "now";
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

export const milliseconds = (ms: number | undefined): string =>
  ms === undefined ? "–" : ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1_000)} s`;

const iso = (at: number): string => new Date(at).toISOString();
/** 14:03:27 */
export const clockTime = (at: number): string => iso(at).slice(11, 19);
/** 14:03:27.123 */
export const preciseTime = (at: number): string => iso(at).slice(11, 23);
/** 2026-11-21 14:03:27 */
export const dateTime = (at: number): string => iso(at).slice(0, 19).replace("T", " ");

/** Epoch ms of what the API says: RFC 3339 or epoch ms. NaN for neither. */
export const momentOf = (value: unknown): number =>
  typeof value === "number" ? value : typeof value === "string" ? Date.parse(value) : Number.NaN;
