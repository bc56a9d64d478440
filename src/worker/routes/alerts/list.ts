/* GET /alerts: the history, from D1. */
import * as z from "zod";
import { AlertList, AlertState } from "../../../domain/alerts/answers";
import { alertOf } from "../../../domain/alerts/history";
import { placeList } from "../../../domain/alerts/location";
import { locationKey } from "../../../domain/alerts/location-key";
import { listAlerts } from "../../../storage/queries/alerts";
import { boundedAnswer } from "../../edge-cache";
import { pageOf } from "../../page";
import { cursorTo, limit, route, TimeText } from "../../route";

const MAX_LOCATIONS = 50;

const Locations = placeList(8_192).pipe(z.array(z.string()).max(MAX_LOCATIONS));

function placeOf(text: string) {
  const match = /^(-?\d{1,16})\.(.{1,100})$/.exec(text);
  return match === null ? undefined : { over_at: Number(match[1]), alert_id: match[2] as string };
}

const Query = z.object({
  state: AlertState.optional(),
  location: Locations.optional().describe(
    "Separated by commas, or a JSON list where a name holds one; `Tel*` is every location that begins so",
  ),
  since: TimeText.optional().describe("Opened or closed at or after: RFC 3339 or epoch milliseconds"),
  limit: limit(100, 1_000),
  cursor: cursorTo(placeOf),
});

/** A location as the table compares it: its key, with the `*` of a beginning. */
function keyOf(name: string): string {
  const trimmed = name.trim();
  return trimmed.endsWith("*") ? `${locationKey(trimmed.slice(0, -1))}*` : locationKey(trimmed);
}

export const list = route(
  {
    method: "GET",
    path: "/",
    summary: "Alerts, latest end first",
    detail:
      "One alert is what overlaps or touches at one location. `state` follows from its times at `as_of`. A new alert is " +
      "here within about a second; the stream has it at once.",
    query: Query,
    answers: { 200: { description: "A page of alerts", schema: AlertList } },
    errors: ["invalid_request", "overloaded"],
  },
  (c, { query }) =>
    boundedAnswer(c, query, async () => {
      const now = Date.now();
      const { state, since, cursor: before } = query;
      const keys = (query.location ?? []).map(keyOf);
      const rows = await listAlerts(c.env.DB, { state, keys, since, limit: query.limit + 1, before, now });
      const { page, next_cursor } = pageOf(rows, query.limit, (last) => `${last.over_at}.${last.alert_id}`);
      return c.json({
        alerts: page.map((row) => alertOf(row, now)),
        next_cursor,
        as_of: new Date(now).toISOString(),
      } satisfies AlertList);
    }),
);
