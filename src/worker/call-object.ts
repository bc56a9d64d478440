/* Calls to durable objects. Repeated only when the platform says that it helps (`retryable`) and that it does not harm
 * (`overloaded`), on a fresh stub each time (one that threw is broken), with jitter. Whatever is called must be safe to
 * repeat: appends carry the request's key. */
import { type ErrorCode, errorCode } from "../domain/error";
import type { AppendAnswer, AppendRequest } from "../domain/ledger/append";
import type { Result } from "../domain/result";

const RETRIES = 3;
const FIRST_DELAY_MS = 20;

export interface Unreachable {
  code: ErrorCode;
  detail: string;
}

export async function callObject<S, T>(
  open: () => S,
  call: (stub: S) => Promise<T>,
  wait: (ms: number) => Promise<void> = (ms) => scheduler.wait(ms),
): Promise<Result<T, Unreachable>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return { ok: true, value: await call(open()) };
    } catch (error) {
      if (attempt >= RETRIES || !isWorthRepeating(error)) return { ok: false, error: unreachable(error) };
      await wait(FIRST_DELAY_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** Appends many events by one call. */
export async function appendBatch<T>(
  door: { appendJson(request: string): Promise<string> },
  request: AppendRequest<T>,
): Promise<AppendAnswer> {
  return JSON.parse(await door.appendJson(JSON.stringify(request))) as AppendAnswer;
}

function isWorthRepeating(error: unknown): boolean {
  const flags = error as { retryable?: unknown; overloaded?: unknown } | null;
  return flags?.retryable === true && flags.overloaded !== true;
}

/** The object's own words only where it refused by a code of ours; anything else stays in the log. */
function unreachable(error: unknown): Unreachable {
  const message = error instanceof Error ? error.message : String(error);
  const code = errorCode(error);
  if (code !== undefined) return { code, detail: message };
  console.error(JSON.stringify({ object_call: message }));
  return { code: "unavailable", detail: "The owning object cannot be reached. Try again." };
}
