/* What of all alerts a person wants to see: places and severities. Pure. The server reads the same filter the same way
 * (domain/live/filter.ts); the page applies it once more, because the second path and what was heard before know none. */
import type { AlertData } from "../../../src/domain/alerts/alert";
import { locationKey } from "../../../src/domain/alerts/location-key";
import { SEVERITIES, type Severity } from "../../../src/domain/alerts/severity";
import type { Filter as Terms } from "../../../src/domain/frame";
import { matcherOf, subjectOf } from "../../../src/domain/live/filter";

export interface Filter {
  /** As typed; `*` at the end is a beginning. */
  locations: string[];
  /** Empty: all of them. */
  severities: Severity[];
}

export const EVERYTHING: Filter = { locations: [], severities: [] };
/** More would not fit what a socket may carry. */
export const MAX_LOCATIONS = 40;
const MAX_LENGTH = 128;

/** Worst first, without `unknown`: those always show. */
export const CHOICES: Severity[] = SEVERITIES.filter((severity) => severity !== "unknown").reverse();

export const isEverything = (filter: Filter): boolean => termsOf(filter) === undefined;

/** What the server is asked for; undefined for everything. */
export function termsOf({ locations, severities }: Filter): Terms | undefined {
  const isAll = severities.length === 0 || severities.length === CHOICES.length;
  const isEverywhere = locations.length === 0 || locations.some((name) => name === "*");
  if (isAll && isEverywhere) return undefined;
  return { ...(isEverywhere ? {} : { locations }), ...(isAll ? {} : { severities }) };
}

/** A test for alerts, open and closed alike. */
export function passesOf(filter: Filter): (alert: Pick<AlertData, "location" | "severity" | "aggregate">) => boolean {
  const matcher = matcherOf(termsOf(filter));
  return (alert) => matcher === null || matcher.passes(subjectOf("open", alert));
}

/** The same place in two spellings. */
const sameKey = (name: string): string => locationKey(name.replace(/\*$/, "")) + (name.endsWith("*") ? "*" : "");

/** Between commas; what is in quotes may hold some. */
const PART = /\s*"(?<quoted>[^"\n]+)"\s*(?=[,\n;]|$)|[^,\n;]+/g;
/** So many parts may be one name. */
const MOST_PARTS = 12;

/** The names in a line as somebody types it. What is a known name as a whole stays whole, whatever commas it holds: apart,
 * its parts would be names of places that nobody warns. */
function namesIn(typed: string, known: readonly string[]): string[] {
  const keys = new Set(known.map(locationKey));
  const parts = [...typed.matchAll(PART)];
  const names: string[] = [];
  for (let i = 0; i < parts.length; ) {
    const one = parts[i] as RegExpExecArray;
    const runs = parts.slice(i, i + MOST_PARTS).map((last) => typed.slice(one.index, last.index + last[0].length));
    const length =
      1 +
      Math.max(
        0,
        runs.findLastIndex((run) => keys.has(locationKey(run))),
      );
    names.push(length > 1 ? (runs[length - 1] as string) : (one.groups?.quoted ?? one[0]));
    i += length;
  }
  return names;
}

/** With the places of a line as somebody types it.
 * @param known names of places that were heard of */
export const withLocations = (filter: Filter, typed: string, known: readonly string[] = []): Filter =>
  withNames(filter, namesIn(typed, known));

/** Nothing twice, nothing blank, no more than fit. */
function withNames(filter: Filter, names: readonly string[]): Filter {
  const locations = [...filter.locations];
  for (const name of names.map((part) => part.trim().slice(0, MAX_LENGTH))) {
    const isBlank = name !== "*" && sameKey(name).replace(/\*$/, "") === "";
    const isKnown = locations.some((known) => sameKey(known) === sameKey(name));
    if (!isBlank && !isKnown && locations.length < MAX_LOCATIONS) locations.push(name);
  }
  return { ...filter, locations };
}

export const withoutLocation = (filter: Filter, name: string): Filter => ({
  ...filter,
  locations: filter.locations.filter((known) => known !== name),
});

/** Nothing chosen shows everything, and so does everything chosen: a filter never hides all. */
export function withSeverity(filter: Filter, severity: Severity, isWanted: boolean): Filter {
  const before = filter.severities.length === 0 ? CHOICES : filter.severities;
  const severities = CHOICES.filter((choice) => (choice === severity ? isWanted : before.includes(choice)));
  return { ...filter, severities: severities.length === CHOICES.length ? [] : severities };
}

/** What was kept on this device; undefined for what is no filter. */
export function readFilter(text: string): Filter | undefined {
  try {
    const { locations, severities } = JSON.parse(text) as Record<string, unknown>;
    if (!Array.isArray(locations) || !Array.isArray(severities)) return undefined;
    const names = locations.filter((name): name is string => typeof name === "string");
    const known = CHOICES.filter((choice) => severities.includes(choice));
    return { ...withNames(EVERYTHING, names), severities: known };
  } catch {
    return undefined; // Not JSON, or no object: kept by something else.
  }
}
