/* GET /alerts/cap.xml and /alerts/{alert_id}/cap.xml: the same for systems that speak the Common Alerting Protocol 1.2. From
 * D1 alone, as the feed. */
import { ATOM_TYPE, CAP_TYPE, capDocument, capFeed, identifierOf } from "../../../domain/alerts/cap";
import { fingerprint } from "../../../domain/ledger/fingerprint";
import { capAlert, capAlerts } from "../../../storage/queries/cap";
import { type AppContext, settings } from "../../context";
import { boundedAnswer, sharedAnswer } from "../../edge-cache";
import { route } from "../../route";
import { AlertParam, noAlert } from "./detail";

const IF_NONE_MATCH = { "If-None-Match": "The ETag of an earlier answer" };
const UNCHANGED = { description: "Nothing changed since If-None-Match" };

const answer = (body: string, type: string, version: string): Response =>
  new Response(body, { headers: { "content-type": `${type}; charset=utf-8`, etag: `"${version}"` } });

const urlOf = (c: AppContext, path: string): string => new URL(`/api/v1/alerts/${path}`, c.req.url).href;

export const capList = route(
  {
    method: "GET",
    path: "/cap.xml",
    summary: "What is current as CAP 1.2 in an Atom feed",
    detail:
      "An entry for each alert that is not over, with its CAP message inside. Each revision is a message of its own: `Alert`, " +
      "then `Update`. One that was cancelled, or became part of another, is told as `Cancel` for an hour. Drills have the " +
      "status `Exercise`. `updated` moves at least once a minute while this path works.",
    headers: IF_NONE_MATCH,
    answers: { 200: { description: "The feed", contentType: ATOM_TYPE }, 304: UNCHANGED },
    errors: ["unavailable"],
  },
  (c) =>
    sharedAnswer(c, async () => {
      const now = Date.now();
      const { alerts, canary } = await capAlerts(c.env.DB, now);
      const updated = canary === null ? now : Date.parse(canary);
      const messages = alerts.map(({ row }) => identifierOf(row)).sort();
      const version = fingerprint(JSON.stringify([messages, updated])).toString(36);
      const linkOf = (id: string) => urlOf(c, `${encodeURIComponent(id)}/cap.xml`);
      const at = { sender: settings(c).CAP_SENDER, self: urlOf(c, "cap.xml"), linkOf, updated };
      return answer(capFeed(alerts, at), ATOM_TYPE, version);
    }),
);

export const cap = route(
  {
    method: "GET",
    path: "/:alert_id/cap.xml",
    summary: "One alert as CAP 1.2",
    detail: "Its last message. It is here as soon as the alert is in the list, within about two seconds.",
    params: AlertParam,
    headers: IF_NONE_MATCH,
    answers: { 200: { description: "The message", contentType: CAP_TYPE }, 304: UNCHANGED },
    errors: ["invalid_request", "not_found", "unavailable", "overloaded"],
  },
  (c, { params: { alert_id } }) =>
    boundedAnswer(c, {}, async () => {
      const alert = await capAlert(c.env.DB, alert_id);
      if (alert === undefined) throw noAlert(alert_id);
      return answer(capDocument(alert, settings(c).CAP_SENDER), CAP_TYPE, identifierOf(alert.row));
    }),
);
