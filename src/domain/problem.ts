/* RFC 9457 problem documents: the one shape of every refusal, and how a zod error becomes one. */
import * as z from "zod";
import { type AppError, ERRORS, type ErrorCode, type FieldError } from "./error";

export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  request_id: z.string(),
});
export type Problem = z.infer<typeof Problem>;

/** Where each code is explained: an anchor of the reference page, so that the type of a problem can be opened. */
export const problemType = (code: ErrorCode): string => `/docs#problem-${code}`;

export function problemOf(error: AppError, requestId: string): Problem {
  const [status, title] = ERRORS[error.code];
  return {
    ...error.extra,
    type: problemType(error.code),
    title,
    status,
    detail: error.message,
    errors: error.errors,
    request_id: requestId,
  };
}

/** RFC 6901: the path into a JSON document, `/3/price`. The whole document is the empty pointer. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Every bad field of a zod error, unknown ones each on their own. */
export function fieldErrors(error: z.ZodError, prefix: readonly PropertyKey[] = []): FieldError[] {
  return error.issues.flatMap((issue) => {
    const path = [...prefix, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ pointer: jsonPointer([...path, key]), detail: "is not a known field" }));
    }
    const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
    return [{ pointer: jsonPointer(path), detail: isMissing ? "is missing" : issue.message }];
  });
}
