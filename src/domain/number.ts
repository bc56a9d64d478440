/* Numbers as sources send them. */
import * as z from "zod";
import { orMissing } from "./time";

/** Any number that a double can hold has a shorter text. */
const MAX_DIGITS = 400;

/** A number, or the same as a text, as JSON and most languages write it ("0.1", "1e-8"): some sources know no other way to
 * keep all digits. */
export const NumberInput = z.union(
  [
    z.number(),
    z
      .string()
      .max(MAX_DIGITS)
      .regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/)
      .transform(Number)
      .pipe(z.number()),
  ],
  { error: orMissing('must be a finite number, such as 12.5 or "12.5"') },
);
