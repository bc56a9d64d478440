/* Exact sums of decimal numbers: the shortest decimal text of a double is taken at its word, so 2279.9 is 22799/10. */

/** `digits / 10^scale`. */
export interface Decimal {
  digits: bigint;
  scale: number;
}

export const ZERO: Decimal = { digits: 0n, scale: 0 };

/** The decimal that the shortest text of a finite number says. */
export function decimal(value: number): Decimal {
  const [mantissa = "0", exponent = "0"] = String(value).split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

const digitsAt = (d: Decimal, scale: number): bigint => d.digits * 10n ** BigInt(scale - d.scale);

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale };
}

export const multiply = (a: Decimal, b: Decimal): Decimal => ({
  digits: a.digits * b.digits,
  scale: a.scale + b.scale,
});

export const toNumber = (d: Decimal): number => Number(`${d.digits}e-${d.scale}`);

const QUOTIENT_DIGITS = 25; // a double needs 17

/** a / b as the nearest double; b must not be zero. */
export function divide(a: Decimal, b: Decimal): number {
  const extra = QUOTIENT_DIGITS + String(b.digits).length;
  const quotient = (a.digits * 10n ** BigInt(extra)) / b.digits;
  return Number(`${quotient}e${b.scale - a.scale - extra}`);
}
