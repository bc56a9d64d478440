/* The HTTP API as this page uses it. A refusal is a value (`Problem`), never an exception; 401 ends the session. */
import { endSession, key } from "../access/session";
import { type Problem, problemOf, sentenceOf, unreachable } from "./problem";

export type Answer<T> = { ok: true; value: T; at: number } | { ok: false; problem: Problem };

interface Options {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
  /** Another key than the session's: signing in tries one before it is kept. */
  withKey?: string;
}

/** `path` is below /api/v1. An aborted call answers as unreachable; its caller is gone anyway. */
export async function call<T>(path: string, options: Options = {}): Promise<Answer<T>> {
  const usedKey = options.withKey ?? key.peek();
  const headers: Record<string, string> = { accept: "application/json" };
  if (usedKey !== undefined) headers.authorization = `Bearer ${usedKey}`;
  if (options.body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`/api/v1${path}`, {
      method: options.method ?? "GET",
      headers,
      cache: "no-store",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    body = await response.json().catch(() => undefined);
  } catch {
    return { ok: false, problem: unreachable() }; // No network, server down, or aborted by the caller.
  }
  if (response.ok) return { ok: true, value: body as T, at: Date.now() };
  const problem = problemOf(response.status, body, response.headers.get("retry-after"));
  const isOfSession = usedKey !== undefined && options.withKey === undefined && usedKey === key.peek();
  if (problem.status === 401 && isOfSession) endSession(sentenceOf(problem));
  return { ok: false, problem };
}

/** One path segment: `BTC/USD` is one symbol, not two folders. */
export const segment = (value: string): string => encodeURIComponent(value);
