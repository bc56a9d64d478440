/* Every refusal leaves through here, as a problem document. What we did not expect is logged with the request's id and
 * answered without its message: no stack and no text of another system ever reaches a client. */
import { AppError, ERRORS } from "../domain/error";
import { problemOf } from "../domain/problem";
import type { AppContext } from "./context";

const RETRY_AFTER_SECONDS = 1;

export function onError(error: unknown, c: AppContext): Response {
  return problemResponse(expected(error, c), c);
}

export function problemResponse(error: AppError, c: AppContext): Response {
  const [status] = ERRORS[error.code];
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (status === 401) headers["www-authenticate"] = "Bearer";
  if (status === 503 || status === 429)
    headers["retry-after"] = String(error.extra.retry_after_s ?? RETRY_AFTER_SECONDS);
  if (status === 405) headers.allow = String(error.extra.allow);
  return new Response(JSON.stringify(problemOf(error, c.get("requestId"))), { status, headers });
}

function expected(error: unknown, c: AppContext): AppError {
  if (error instanceof AppError) return error;
  // A Host that is none, or the target `*`: whatever reads it throws. Nothing of ours has failed.
  if (!isAddress(c)) return new AppError("invalid_request", "This is no address that can be read.");
  const message = error instanceof Error ? error.message : String(error);
  console.error(JSON.stringify({ request_id: c.get("requestId"), path: loggedPath(c), error: message }));
  // D1 loses connections as a matter of course; the same request a moment later is likely to work.
  if (message.startsWith("D1_") || isOfPlatform(error))
    return new AppError("unavailable", "The database did not answer. Try again.");
  return new AppError("internal", "Something went wrong here. The request id finds it in our log.");
}

/** Some addresses hold a key: a log is read by more people than may use it. */
const loggedPath = ({ req }: AppContext): string => req.path.replace(/^(\/ping|\/api\/push)\/[^/]+/, "$1/…");

const isAddress = ({ req }: AppContext): boolean => req.path.startsWith("/") && URL.canParse(req.url);

/** What broke between here and the database, or in what serves it: the platform marks such errors, and words them as it likes. */
function isOfPlatform(error: unknown): boolean {
  const marks = error as { remote?: unknown; retryable?: unknown; overloaded?: unknown } | null;
  return marks?.remote === true || marks?.retryable === true || marks?.overloaded === true;
}
