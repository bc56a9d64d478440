/* Filter: which frames of topic `alerts` a listener wants.
 *
 * In doubt a frame passes: a canary, a type that nobody knows, a severity that nobody gave. Severities restrict `open` alone
 * and look at the event and at its aggregate, so that whoever was shown an alert also hears what becomes of it. */

import { locationKey } from "../alerts/location-key";
import { SEVERITIES } from "../alerts/severity";
import type { Filter } from "../frame";

/** What a filter looks at. Null: it passes. */
export interface Subject {
  key: string | null;
  severities: readonly unknown[] | null;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});

export function subjectOf(type: unknown, data: unknown): Subject {
  const { location, severity, aggregate } = fieldsOf(data);
  const isAlert = type === "open" || type === "close";
  return {
    key: isAlert && typeof location === "string" ? locationKey(location) : null,
    severities: type === "open" ? [severity, fieldsOf(aggregate).severity ?? severity] : null,
  };
}

const SAYS_NOTHING = "unknown";
const KNOWN = new Set<unknown>(SEVERITIES.filter((severity) => severity !== SAYS_NOTHING));

/** The form that is matched and saved: places by their keys, nothing twice. */
export function normalised({ locations = [], severities = [] }: Filter): Filter {
  const keys = locations.map((name) => (name.endsWith("*") ? `${locationKey(name.slice(0, -1))}*` : locationKey(name)));
  const isEverywhere = keys.length === 0 || keys.includes("*");
  return {
    ...(isEverywhere ? {} : { locations: [...new Set(keys)] }),
    ...(severities.length === 0 ? {} : { severities: [...new Set(severities)] }),
  };
}

/** A filter ready for use. Lists, not sets: there is one per socket, and together they must fit a hub's memory. */
export class Matcher {
  /** Normalised. */
  readonly filter: Filter;
  /** Of its JSON in UTF-8: what it takes of a socket's attachment. */
  readonly bytes: number;
  readonly #prefixes: readonly string[];

  /** @param filter normalised */
  constructor(filter: Filter) {
    this.filter = filter;
    this.bytes = new TextEncoder().encode(this.text).length;
    const prefixes = (filter.locations ?? []).filter((key) => key.endsWith("*"));
    this.#prefixes = prefixes.map((key) => key.slice(0, -1));
  }

  /** The same for all filters that say the same. */
  get text(): string {
    return JSON.stringify(this.filter);
  }

  passes({ key, severities }: Subject): boolean {
    return (key === null || this.#isWanted(key)) && (severities === null || severities.some((s) => this.#isGrave(s)));
  }

  #isWanted(key: string): boolean {
    const { locations } = this.filter;
    return locations === undefined || locations.includes(key) || this.#prefixes.some((p) => key.startsWith(p));
  }

  #isGrave(severity: unknown): boolean {
    const { severities } = this.filter;
    return severities === undefined || !KNOWN.has(severity) || severities.some((wanted) => wanted === severity);
  }
}

/** Null for a filter that restricts nothing. */
export function matcherOf(filter: Filter | undefined): Matcher | null {
  const wanted = normalised(filter ?? {});
  return wanted.locations === undefined && wanted.severities === undefined ? null : new Matcher(wanted);
}
