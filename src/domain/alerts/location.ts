/* Locations: named as people write them, compared by what they mean. */
import * as z from "zod";
import { locationKey } from "./location-key";
import { placesIn } from "./place-list";

export { locationKey };

const MAX_LOCATION = 128;
/** One letter may stand for eighteen, and a key is part of names that have their bounds. */
const MAX_KEY = 144;

/** Several places in one parameter: see place-list.ts. */
export const placeList = (max: number) =>
  z
    .string()
    .max(max)
    .transform((text, ctx) => {
      const places = placesIn(text);
      if (places === undefined) ctx.addIssue("begins as a JSON list of names and is none");
      return places ?? z.NEVER;
    });

/** A place's name, trimmed, otherwise as given. */
export const Location = z
  .string()
  .max(4 * MAX_LOCATION)
  .transform((name) => name.normalize("NFC").trim())
  .refine((name) => name.length <= MAX_LOCATION, { error: `must not be longer than ${MAX_LOCATION} characters` })
  .refine((name) => !/[\p{Cc}\p{Cs}]/u.test(name), { error: "must not hold control characters" })
  .refine((name) => locationKey(name) !== "", { error: "must not be blank" })
  .refine((name) => locationKey(name).length <= MAX_KEY, { error: "holds letters that stand for too many" })
  .refine((name) => !locationKey(name).startsWith("~"), { error: "must not begin with ~" });
