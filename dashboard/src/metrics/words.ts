/* Values of metrics as people read them. Pure. */
const BRIEF = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 6 });
const SHORT = new Intl.NumberFormat("en-GB", { notation: "compact", maximumSignificantDigits: 6 });
const LARGE = 10_000_000;
const TINY = 0.000_01;

/** Six digits; very large ones shortened, very small ones by their power. */
export function brief(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < TINY) return value.toExponential(2);
  const text = (size >= LARGE ? SHORT : BRIEF).format(value);
  return text === "-0" ? "0" : text.replace("-", "\u2212");
}

/** Percentiles are known within a hundredth: more digits would only look exact. */
export const roughly = (value: number): string => brief(Number(value.toPrecision(4)));
