/* The short way in for events that are plainly what they should be: a schema takes ten times as long as these tests, which
 * under load is most of what the door does. A test here accepts only what its schema accepts unchanged; everything else, good
 * or bad, is left to the schema. */
import type { z } from "zod";

/** Events by their short way in, and by their schema where that does not say yes. */
export const plainly =
  <T>(plain: (event: unknown) => T | undefined, schema: z.ZodType<T>) =>
  (event: unknown): { success: true; data: T } | { success: false; error: z.ZodError } => {
    const data = plain(event);
    return data === undefined ? schema.safeParse(event) : { success: true, data };
  };

/** Absent, or a text of 1 to `max` characters. */
export const isTextOrAbsent = (value: unknown, max: number): boolean => value === undefined || isText(value, max);

export const isText = (value: unknown, max: number): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= max;

export const isWithin = (value: unknown, least: number, most: number): value is number =>
  typeof value === "number" && value >= least && value <= most;

/** Whether a value is an object that has no other fields. */
export function hasOnly(value: unknown, fields: ReadonlySet<string>): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  for (const field in value) if (!fields.has(field)) return false;
  return true;
}
