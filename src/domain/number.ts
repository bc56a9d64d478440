/* Numbers as sources send them. */
import * as z from "zod";
import { orMissing } from "./time";

/** A number, or its digits as a text: some sources know no other way to keep them all. */
export const NumberInput = z.union(
  [
    z.number(),
    z
      .string()
      .regex(/^-?\d{1,30}(\.\d{1,30})?$/)
      .transform(Number),
  ],
  { error: orMissing('must be a finite number, such as 12.5 or "12.5"') },
);
