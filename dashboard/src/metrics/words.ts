/* Values of metrics as people read them. Pure. */
import { HUGE } from "../ui/format";

const DIGITS = 6;
const POWER_DIGITS = 3;
const MOST_DIGITS = 15;
const LARGE = 10_000_000;
const TINY = 0.000_01;

interface Formats {
  plain: Intl.NumberFormat;
  short: Intl.NumberFormat;
}
const formats = new Map<number, Formats>();

function formatsOf(maximumSignificantDigits: number): Formats {
  let found = formats.get(maximumSignificantDigits);
  if (found === undefined) {
    found = {
      plain: new Intl.NumberFormat("en-GB", { maximumSignificantDigits }),
      short: new Intl.NumberFormat("en-GB", { notation: "compact", maximumSignificantDigits }),
    };
    formats.set(maximumSignificantDigits, found);
  }
  return found;
}

/** Six digits, or more where they are needed; large ones shortened, very large and very small ones by their power. */
function briefly(value: number, needed: number): string {
  const size = Math.abs(value);
  const isByPower = size >= HUGE || (size !== 0 && size < TINY);
  const { plain, short } = formatsOf(Math.max(DIGITS, needed));
  const text = isByPower
    ? value.toExponential(Math.max(POWER_DIGITS, needed) - 1)
    : (size >= LARGE ? short : plain).format(value);
  return text === "-0" ? "0" : text.replace(/^-/, "\u2212");
}

export const brief = (value: number): string => briefly(value, POWER_DIGITS);

/** Of an axis: as many digits as tell one from the next. */
export function tickLabels(ticks: readonly number[]): string[] {
  const [first, second] = ticks;
  if (first === undefined || second === undefined) return ticks.map(brief);
  const largest = Math.max(...ticks.map(Math.abs));
  const needed = Math.ceil(Math.log10(largest / (second - first))) + 1;
  return ticks.map((tick) => briefly(tick, Math.min(MOST_DIGITS, needed)));
}

/** Percentiles are known within a hundredth: more digits would only look exact. */
export const roughly = (value: number): string => brief(Number(value.toPrecision(4)));
