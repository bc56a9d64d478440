/* Locations: named as people write them, compared by what they mean. */
import { z } from "zod";

const MAX_LOCATION = 128;

/** What two spellings of one place have in common: compatibility forms unified, invisible marks (bidi marks, joiners)
 * dropped, white space collapsed, case folded. Upper case first, so that ß and SS meet. */
export function locationKey(name: string): string {
  const visible = name.normalize("NFKC").replace(/\p{Cf}/gu, "");
  return visible.replace(/\s+/g, " ").trim().toUpperCase().toLowerCase().normalize("NFKC");
}

/** A place's name, trimmed, otherwise as given. */
export const Location = z
  .string()
  .max(4 * MAX_LOCATION)
  .transform((name) => name.normalize("NFC").trim())
  .refine((name) => name.length <= MAX_LOCATION, { error: `must not be longer than ${MAX_LOCATION} characters` })
  .refine((name) => !/[\p{Cc}\p{Cs}]/u.test(name), { error: "must not hold control characters" })
  .refine((name) => locationKey(name) !== "", { error: "must not be blank" })
  .refine((name) => !name.startsWith("~"), { error: "must not begin with ~" });
