/* The window that questions about requests share: how it is asked for, and what it may be. */
import * as z from "zod";
import { SPAN_MAX_DAYS, SPAN_MAX_MS } from "../../../domain/requests/aggregate";
import { ERRORS_FROM, Method } from "../../../domain/requests/request";
import { WINDOWS, type WindowName } from "../../../domain/requests/window";
import { badParameter, TimeText } from "../../route";

export const WINDOW_NAMES = Object.keys(WINDOWS) as [WindowName, ...WindowName[]];
const Status = z.coerce.number().int().min(100).max(599);

/** Beside `window`, a name of WINDOW_NAMES. */
export const WINDOW_FIELDS = {
  start_time: TimeText.optional().describe("Instead of a window"),
  end_time: TimeText.optional().describe("Exclusive; default: now"),
  method: Method.optional(),
  status_code: Status.optional(),
  errors_from: Status.default(ERRORS_FROM).describe("`error_rate` counts this status and greater ones"),
};

export interface AskedWindow {
  window?: WindowName | undefined;
  start_time?: number | undefined;
  end_time?: number | undefined;
}

/** Epoch ms, to exclusive. Throws 400 for what is no window. */
export function spanOf(asked: AskedWindow, now: number): { from: number; to: number } {
  const { window, start_time: start, end_time: to = now } = asked;
  if (window !== undefined && start !== undefined) throw badParameter("window", "cannot be combined with start_time");
  const from = start ?? to - WINDOWS[window ?? "1h"];
  if (from >= to) throw badParameter("start_time", "must lie before end_time");
  if (to - from > SPAN_MAX_MS) {
    throw badParameter("start_time", `lies more than ${SPAN_MAX_DAYS} days before end_time`);
  }
  return { from, to };
}
