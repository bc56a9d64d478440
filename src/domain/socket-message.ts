/* What a client says over a socket. */
import type { z } from "zod";
import { fieldErrors } from "./problem";
import { err, ok, type Result } from "./result";

const MAX_LENGTH = 65_536;
/** What is wrong is told to the client: enough to find it, no matter how much is wrong. */
const MOST_NAMED = 3;
const MAX_REASON = 300;

/** The message, or what is wrong with it. */
export function messageIn<T>(schema: z.ZodType<T>, data: string | ArrayBuffer): Result<T, string> {
  if (typeof data !== "string") return err("it is not text");
  if (data.length > MAX_LENGTH) return err(`it is longer than ${MAX_LENGTH} characters`);
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return err("it is not JSON");
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? ok(parsed.data) : err(reasonOf(parsed.error));
}

function reasonOf(error: z.ZodError): string {
  const reasons = fieldErrors(error).map(({ pointer, detail }) => `${pointer} ${detail}`.trim());
  return reasons.slice(0, MOST_NAMED).join("; ").slice(0, MAX_REASON);
}
