/* What two spellings of one place have in common. Apart from the schema of a location, because the page compares places
 * as well and must not load schemas for it. */

/** Compatibility forms unified, invisible marks (bidi marks, joiners) dropped, white space collapsed, case folded. Lower
 * case first and last: only so do ß, ẞ and SS meet. The sigma that ends a word is a sigma: a beginning is looked for too. */
export function locationKey(name: string): string {
  const visible = name.normalize("NFKC").replace(/\p{Cf}/gu, "");
  const folded = visible.replace(/\s+/g, " ").trim().toLowerCase().toUpperCase().toLowerCase();
  return folded.replaceAll("ς", "σ").normalize("NFKC");
}
