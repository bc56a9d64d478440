/* Figures of requests as people read them. Pure. */
import type { Metric } from "../../../src/domain/requests/rank";
import { count } from "../ui/format";

const DIGITS = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 4 });
const FEWER_DIGITS = new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 });
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
const SECOND_MS = 10_000;

export function bytes(n: number): string {
  let [value, unit] = [n, 0];
  while (value >= 1_000 && unit < UNITS.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${FEWER_DIGITS.format(value)} ${UNITS[unit]}`;
}

export const latency = (ms: number): string =>
  ms < SECOND_MS ? `${DIGITS.format(ms)} ms` : `${DIGITS.format(ms / 1_000)} s`;

export const share = (fraction: number): string => `${FEWER_DIGITS.format(fraction * 100)} %`;

export function figureOf(metric: Metric, value: number): string {
  switch (metric) {
    case "frequency":
      return count(value);
    case "error_rate":
      return share(value);
    case "bytes":
      return bytes(value);
    default:
      return latency(value);
  }
}

export const ABSENT: Record<string, string> = {
  latency_ms: "No request of this window says its latency, so there is none to rank or to add up.",
  bytes: "No request of this window says its bytes, so there are none to rank.",
};
