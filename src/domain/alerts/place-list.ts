/* Several places in one text, as addresses carry them: names separated by commas, or a JSON list, because names of places
 * hold commas themselves. Apart from schemas, because the page writes such texts too. */

const blank = (name: string): boolean => name.trim() === "";

/** Undefined for what begins as a JSON list and is none. */
export function placesIn(text: string): string[] | undefined {
  if (!text.trimStart().startsWith("[")) return text.split(",").filter((name) => !blank(name));
  try {
    const names: unknown = JSON.parse(text);
    const isList = Array.isArray(names) && names.every((name): name is string => typeof name === "string");
    return isList ? names.filter((name) => !blank(name)) : undefined;
  } catch {
    return undefined;
  }
}

/** What `placesIn` reads as these names. */
export const placesText = (names: readonly string[]): string =>
  names.some((name) => /^\s*\[|,/.test(name)) ? JSON.stringify(names) : names.join(",");
