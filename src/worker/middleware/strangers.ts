/* Strangers: who opens a stream without key or ticket. Whole towns come from one address at once, so the limit is high and
 * new streams alone count: whoever comes back to a stream is never kept waiting. Counted per isolate, which lets more in than
 * the setting says and never fewer. */
import { AppError } from "../../domain/error";
import { Arrivals } from "../../domain/live/arrivals";
import { type AppContext, settings } from "../context";
import { remembered } from "../remembered";

const arrivalsIn = remembered(() => new Arrivals());

/** Throws 429 when too many new streams came from this address within the minute. */
export function admitStranger(c: AppContext): void {
  const address = c.req.header("cf-connecting-ip");
  // Without an edge in front nobody knows where a request comes from.
  if (address === undefined || isResume(c)) return;
  const answer = arrivalsIn(c.env).admit(address, settings(c).PUBLIC_SOCKETS_PER_MINUTE, Date.now());
  if (answer.admitted) return;
  const detail =
    "Too many new streams from this address. A stream that you had may come back at any time: name it with ?stream=";
  throw new AppError("too_many_requests", detail, { retry_after_s: answer.retryAfterSeconds });
}

const isResume = ({ req }: AppContext): boolean =>
  [req.query("after"), req.query("stream"), req.header("last-event-id")].some((text) => (text ?? "") !== "");
