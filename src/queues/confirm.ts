/* Telling an object where D1 stands. Losing it costs nothing but time: the object asks D1 itself. */
import { withDeadline } from "../domain/deadline";
import type { Cursor } from "../domain/event";

const ANSWER_MS = 5_000;

export interface Confirmation {
  object: string;
  purpose: string;
  cursor: Cursor;
  /** A message was dropped because what comes before it is missing: send from the cursor again. */
  resend: boolean;
}

export async function confirm(env: Env, { object, purpose, cursor, resend }: Confirmation): Promise<void> {
  const slash = object.indexOf("/");
  const name = object.slice(slash + 1);
  if (object.slice(0, slash) !== "PriceFeed") return;
  try {
    await withDeadline(env.PRICE_FEED.getByName(name).confirm(purpose, cursor, resend), ANSWER_MS);
  } catch (error) {
    console.error("a confirmation did not arrive", object, error);
  }
}
