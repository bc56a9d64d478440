/* What makes a POST safe to repeat: the caller's Idempotency-Key within its principal, or one of our own that lasts for
 * the retries between Worker and object. */
import { AppError } from "../domain/error";
import { fingerprint } from "../domain/ledger/fingerprint";
import type { AppContext } from "./context";

const PRINTABLE = /^[\x21-\x7e]{1,200}$/;

/** The caller's key, or undefined. */
export function idempotencyKey(c: AppContext): string | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined || PRINTABLE.test(key)) return key;
  const detail = "must be 1-200 printable ASCII characters without spaces";
  throw new AppError("invalid_request", `Idempotency-Key ${detail}.`, {}, [{ pointer: "Idempotency-Key", detail }]);
}

/** `hash` tells another body under the same key; our own keys never come twice with another body. */
export function requestKey(c: AppContext, body: string): { key: string; hash: string } {
  const principal = c.get("principal").id;
  const given = idempotencyKey(c);
  if (given === undefined) return { key: `${principal}/${crypto.randomUUID()}`, hash: "" };
  return { key: `${principal}/${given}`, hash: fingerprint(body).toString(36) };
}
