/* What CAP calls a type of alert. Sources name types as they like, in any language; the common ones are known by their
 * words, and every other is `Other`. */

interface Kind {
  /** Looked for in the type, lower-cased. The first kind that is found counts, so "rocket fire" is no fire. */
  words: RegExp;
  category: "Security" | "CBRNE" | "Geo" | "Met" | "Health" | "Fire" | "Other";
  /** What to do, where it goes without saying. */
  response?: "Shelter" | "Evacuate" | "Avoid";
}

const OTHER: Kind = { words: /(?:)/, category: "Other" };

const KINDS: Kind[] = [
  {
    words: /rocket|missile|drone|mortar|air raid|hostile aircraft|רקט|טיל|כלי טיס|כטב/,
    category: "Security",
    response: "Shelter",
  },
  { words: /terror|infiltration|shooting|מחבל/, category: "Security", response: "Shelter" },
  {
    words: /chemical|radiation|radiolog|nuclear|hazardous|חומרים מסוכנים|רדיולוג/,
    category: "CBRNE",
    response: "Shelter",
  },
  { words: /tsunami|צונאמי/, category: "Geo", response: "Evacuate" },
  { words: /quake|landslide|mudslide|avalanche|volcan|רעידת אדמה/, category: "Geo" },
  { words: /flood|שיטפון|הצפה/, category: "Met", response: "Avoid" },
  { words: /storm|\bheat|tornado|hurricane|cyclone|typhoon|blizzard|סופה|סערה/, category: "Met" },
  { words: /epidemic|pandemic|disease|outbreak/, category: "Health" },
  { words: /\bfire|wildfire|bushfire|שריפה/, category: "Fire" },
];

const kindOf = (type: string): Kind => KINDS.find(({ words }) => words.test(type.toLowerCase())) ?? OTHER;

/** Of an alert of these types; each once. */
export const categoriesOf = (types: readonly string[]): string[] => [...new Set(types.map((t) => kindOf(t).category))];

/** The same for what to do. */
export const responsesOf = (types: readonly string[]): string[] => [
  ...new Set(types.flatMap((type) => kindOf(type).response ?? [])),
];

/** The language of a text, as far as its letters tell it. Without one a reader of CAP takes it for English. */
export function languageOf(text: string): string | undefined {
  if (/\p{Script=Hebrew}/u.test(text)) return "he";
  return /[^\P{L}\p{Script=Latin}]/u.test(text) ? "und" : undefined;
}
