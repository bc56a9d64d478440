/* What becomes of alerts by the rule alone, as naively as it can be said: at each place, and apart for drills, alerts that
 * overlap or touch are one. */
import { locationKey } from "../../src/domain/alerts/location-key.ts";
import { SEVERITIES, type Severity } from "../../src/domain/alerts/severity.ts";

/** One alert at one place. Times are epoch ms. */
export interface Told {
  location: string;
  event_id: string;
  start: number;
  end: number;
  type: string;
  severity: Severity;
  drill: boolean;
}

/** An aggregate as anybody may see it, with the ids of what made it. */
export interface Whole {
  location: string;
  start: number;
  end: number;
  types: string[];
  severity: Severity;
  drill: boolean;
  events: string[];
}

const touches = (a: Told, b: Told): boolean => a.start <= b.end && b.start <= a.end;

function wholeOf(told: Told[]): Whole {
  const [{ location, drill }] = told as [Told];
  return {
    location,
    drill,
    start: Math.min(...told.map(({ start }) => start)),
    end: Math.max(...told.map(({ end }) => end)),
    types: [...new Set(told.map(({ type }) => type))].sort(),
    severity: SEVERITIES.findLast((severity) => told.some((one) => one.severity === severity)) ?? "unknown",
    events: told.map(({ event_id }) => event_id).sort(),
  };
}

/** Puts each into a group with everything it touches, until no two groups touch. */
function grouped(told: Told[]): Told[][] {
  let groups: Told[][] = [];
  for (const one of told) {
    const joined = groups.filter((group) => group.some((other) => touches(one, other)));
    groups = [...groups.filter((group) => !joined.includes(group)), [one, ...joined.flat()]];
  }
  return groups;
}

const order = (a: Whole, b: Whole): number =>
  a.location < b.location ? -1 : a.location > b.location ? 1 : a.start - b.start || Number(a.drill) - Number(b.drill);

export const inOrder = (wholes: Whole[]): Whole[] => wholes.toSorted(order);

export function wholesOf(told: Told[]): Whole[] {
  const places = Map.groupBy(told, ({ location, drill }) => `${drill}/${locationKey(location)}`);
  return inOrder([...places.values()].flatMap((at) => grouped(at).map(wholeOf)));
}
