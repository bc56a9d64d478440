/* POST /alerts: the door for sources. One call per owning object, all at once, up to a bound; what is beyond it, or an object
 * that cannot be reached should have taken, is kept by a spool, which forwards it. */
import * as z from "zod";
import { AlertInput } from "../../../domain/alerts/alert";
import { PostedAlerts } from "../../../domain/alerts/answers";
import { MAX_PLACES, outcomeOf, parseAlerts, placeAlerts, sharesOf } from "../../../domain/alerts/posting";
import { AppError } from "../../../domain/error";
import { MAX_EVENTS } from "../../../domain/posting";
import { areaName } from "../../areas";
import type { AppContext } from "../../context";
import { eventsIn, readJson } from "../../read-body";
import { idempotencyKey } from "../../request-key";
import { route } from "../../route";
import { deliverAlerts } from "../../spools";

export const post = route(
  {
    method: "POST",
    path: "/",
    summary: "Post one alert or an array of them",
    detail:
      "Each alert names a `location` or many `locations`; `duration` is in minutes. At most 1,000 alerts, 5,000 locations " +
      "and 1 MB. A 2xx means stored durably: 200 by the objects that own the locations, 202 by a spool that forwards what " +
      "a location that cannot be reached should have, and what is beyond 800 of them, which is open some seconds later. The same " +
      "`id` again changes nothing.",
    headers: { "Idempotency-Key": "Makes the whole request safe to repeat" },
    body: z.union([AlertInput, z.array(AlertInput).max(MAX_EVENTS)]),
    answers: {
      200: { description: "Every alert is open", schema: PostedAlerts },
      202: { description: "Every alert is stored; some wait for their location", schema: PostedAlerts },
    },
    errors: ["invalid_request", "too_large", "unsupported_encoding", "conflict", "unavailable"],
  },
  async (c) => {
    const alerts = eventsIn((await readJson(c)).value, "alerts in one request", parseAlerts);
    const sender = {
      principal: c.get("principal").id,
      idempotencyKey: idempotencyKey(c),
      mint: () => crypto.randomUUID(),
    };
    const placed = placeAlerts(alerts, sender);
    if (placed.length > MAX_PLACES) {
      throw new AppError("too_large", `${placed.length} locations in one request; at most ${MAX_PLACES}.`);
    }
    const shares = sharesOf(placed, crypto.randomUUID(), (key) => areaName(c.env, key));
    return respond(c, outcomeOf(placed, await deliverAlerts(c.env, shares)));
  },
);

function respond(c: AppContext, { body, problem }: ReturnType<typeof outcomeOf>): Response {
  if (problem !== undefined) throw new AppError(problem.code, problem.detail, body, problem.errors);
  return c.json(body, body.spooled ? 202 : 200);
}
