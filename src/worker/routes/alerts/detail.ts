/* GET /alerts/{alert_id}: one alert with its events and whom it reached. */
import * as z from "zod";
import { AlertDetail } from "../../../domain/alerts/answers";
import { alertOf, eventOf } from "../../../domain/alerts/history";
import { AppError } from "../../../domain/error";
import { readReach } from "../../../storage/queries/reach";
import type { AppContext } from "../../context";
import { type CurrentAlert, currentAlert } from "../../current-alert";
import { boundedAnswer } from "../../edge-cache";
import { route } from "../../route";

export const AlertParam = z.object({ alert_id: z.string().min(1).max(100) });

export const noAlert = (id: string): AppError => new AppError("not_found", `There is no alert ${id}.`);

/** With what is stored of its reach. */
export async function detailOf(c: AppContext, { row, events, stale }: CurrentAlert): Promise<AlertDetail> {
  const now = Date.now();
  return {
    ...alertOf(row, now),
    events: events.map(eventOf),
    reach: await readReach(c.env.DB, row.alert_id),
    as_of: new Date(now).toISOString(),
    ...(stale ? { stale: true as const } : {}),
  };
}

export const detail = route(
  {
    method: "GET",
    path: "/:alert_id",
    summary: "One alert, its events and its reach",
    detail:
      "`reach` has one row for each frame: how many sockets listened, how many frames were handed to them, how many " +
      "clients said that they have it (above 10,000 sockets a sample is asked), and how long it took. Counts grow for " +
      "about a minute after a frame.",
    params: AlertParam,
    answers: { 200: { description: "As its owner says it now", schema: AlertDetail } },
    errors: ["invalid_request", "not_found", "overloaded"],
  },
  (c, { params: { alert_id } }) =>
    boundedAnswer(c, {}, async () => {
      const current = await currentAlert(c.env, alert_id);
      if (current === undefined) throw noAlert(alert_id);
      return c.json(await detailOf(c, current));
    }),
);
