/* Names of places that this page has heard of, as suggestions for a filter. Whoever has chosen one place no longer hears of
 * the others, and must still find the second: what was heard of once stays. Pure. */
import { locationKey } from "../../../src/domain/alerts/location-key";

/** As many as a large country has, and no more than a source that invents names may fill a page with. */
const MOST_KNOWN = 5_000;

export class Names {
  readonly #names = new Map<string, string>();

  hear(heard: Iterable<{ location: string }>): this {
    for (const { location } of heard) {
      const key = locationKey(location);
      if (this.#names.size < MOST_KNOWN && !this.#names.has(key)) this.#names.set(key, location);
    }
    return this;
  }

  get all(): string[] {
    return [...this.#names.values()];
  }

  /** Those that hold what was typed, in alphabetical order. */
  holding(typed: string, most: number): string[] {
    const key = locationKey(typed);
    const found = [...this.#names].filter(([name]) => name.includes(key)).map(([, name]) => name);
    return found.slice(0, most).sort((a, b) => a.localeCompare(b));
  }
}
