/* What a load process reads of a frame. Parsing whole frames would make the client the bottleneck. */

/** The digits after a name. */
export function numberAfter(frame: Buffer, name: string): number {
  const found = frame.indexOf(name);
  if (found < 0) return Number.NaN;
  let value = 0;
  for (let i = found + name.length; i < frame.length; i++) {
    const digit = (frame[i] as number) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}

/** Frames begin with their topic, everything else with its type. */
export const isFrame = (text: Buffer): boolean => text[3] === "o".charCodeAt(0);
