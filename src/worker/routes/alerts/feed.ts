/* GET /alerts/feed.json: what is current, for clients that can only poll. It asks D1 and no object, so it works while the
 * live path does not. */
import { AlertFeed } from "../../../domain/alerts/answers";
import { feedOf } from "../../../domain/alerts/history";
import { currentAlerts } from "../../../storage/queries/alerts";
import { sharedAnswer } from "../../edge-cache";
import { route } from "../../route";

export const feed = route(
  {
    method: "GET",
    path: "/feed.json",
    summary: "What is current, for polling",
    detail:
      "Apart from the live path: it still works when streams do not. New alerts are in it within about two seconds. Drills " +
      "are in it, marked `drill`. What was cancelled, or became part of another alert, is in `withdrawn` for an hour: whoever " +
      "shows it stops. Without a key it may be kept by caches for a second.",
    answers: { 200: { description: "Active and upcoming alerts", schema: AlertFeed } },
    errors: ["unavailable"],
  },
  (c) =>
    sharedAnswer(c, async () => {
      const now = Date.now();
      const { alerts, canary } = await currentAlerts(c.env.DB, now);
      return c.json(feedOf(alerts, canary, now));
    }),
);
