/* POST /alerts/{alert_id}/cancel: closed now, for everybody, whatever its end was. */
import { AlertDetail } from "../../../domain/alerts/answers";
import { AppError } from "../../../domain/error";
import { areaName, callArea } from "../../areas";
import { currentAlert, placeOfAlert } from "../../current-alert";
import { route } from "../../route";
import { AlertParam, detailOf, noAlert } from "./detail";

export const cancel = route(
  {
    method: "POST",
    path: "/:alert_id/cancel",
    summary: "Cancel an alert",
    detail: "A `close` with `cancelled: true` goes out at once. Cancelling it again changes nothing.",
    params: AlertParam,
    answers: { 200: { description: "The alert, closed", schema: AlertDetail } },
    errors: ["invalid_request", "not_found", "already_closed", "unavailable"],
  },
  async (c, { params: { alert_id } }) => {
    const place = await placeOfAlert(c.env, alert_id);
    if (place === undefined) throw noAlert(alert_id);
    const event = { stream: place, source: c.get("principal").id, body: { type: "cancel" as const, alert_id } };
    const request = { key: crypto.randomUUID(), hash: "", events: [event] };
    const called = await callArea(c.env, areaName(c.env, place), (area) => area.append(request));
    if (!called.ok) throw new AppError(called.error.code, called.error.detail);
    if (!called.value.ok) throw new AppError(called.value.code, called.value.detail);
    const current = await currentAlert(c.env, alert_id, place);
    if (current === undefined) throw noAlert(alert_id);
    const answer = await detailOf(c, current);
    if (!answer.cancelled) throw new AppError("already_closed", `${alert_id} was closed at ${answer.closed_at}.`);
    return c.json(answer);
  },
);
