/* What a client says over a socket. */
import type { z } from "zod";

const MAX_LENGTH = 65_536;

/** Undefined for what is no message of the schema. */
export function messageIn<T>(schema: z.ZodType<T>, data: string | ArrayBuffer): T | undefined {
  if (typeof data !== "string" || data.length > MAX_LENGTH) return undefined;
  try {
    return schema.safeParse(JSON.parse(data)).data;
  } catch {
    /* Not JSON. */
    return undefined;
  }
}
