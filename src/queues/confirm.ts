/* Telling an object where D1 stands. Losing it costs nothing but time: the object asks D1 itself. */
import type { Cursor } from "../domain/event";

export async function confirm(
  env: Env,
  object: string,
  purpose: string,
  cursor: Cursor,
  resend: boolean,
): Promise<void> {
  const slash = object.indexOf("/");
  const name = object.slice(slash + 1);
  try {
    if (object.slice(0, slash) === "PriceFeed") await env.PRICE_FEED.getByName(name).confirm(purpose, cursor, resend);
  } catch (error) {
    console.error("a confirmation did not arrive", object, error);
  }
}
