/* From which side a name is read. Pure. A style sheet could ask `:dir(rtl)`, but builds for older browsers rewrite that
 * into languages, which nobody has told this page. */

const LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** As `dir="auto"` decides: by the first letter. */
export function isRightToLeft(text: string): boolean {
  const first = LETTER.exec(text)?.[0];
  return first !== undefined && RIGHT_TO_LEFT.test(first);
}
