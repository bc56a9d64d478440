/* How long something took, as people say it. Pure. */

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** The two largest units: 1 h 4 min, 12 s, 0.4 s. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${Math.round(Math.max(0, ms) / 100) / 10} s`;
  let left = Math.round(ms / 1_000);
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const n = Math.floor(left / seconds);
    left -= n * seconds;
    if (n > 0) parts.push(`${n} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
