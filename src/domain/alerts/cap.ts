/* An alert as the Common Alerting Protocol 1.2 says it (OASIS CAP-v1.2), and the Atom feed (RFC 4287) of such alerts.
 *
 * Each revision of an alert is a message of its own. What it says follows from what is stored and not from the clock, so a
 * message reads the same whenever it is fetched, and its identifier is its version. */
import { HOUR_MS } from "../units";
import { branch, leaf, XML_DECLARATION } from "../xml";
import { categoriesOf, languageOf, responsesOf } from "./cap-kind";
import type { AlertRow } from "./history";

export const CAP_TYPE = "application/cap+xml";
export const ATOM_TYPE = "application/atom+xml";

const CAP = "urn:oasis:names:tc:emergency:cap:1.2";
const ATOM = "http://www.w3.org/2005/Atom";

/** Texts that a message tells; the newest. */
export const CAP_TEXTS = 20;

export interface CapAlert {
  row: AlertRow;
  /** What sources said of it, each once, the oldest first. */
  texts: string[];
}

type MessageType = "Alert" | "Update" | "Cancel";

/** The alert is over because it was cancelled or became part of another: whoever has it must be told. */
const isWithdrawn = ({ cancelled, superseded_by }: AlertRow): boolean => cancelled === 1 || superseded_by !== null;

export const identifierOf = ({ alert_id, revision }: AlertRow): string => `${alert_id}.${revision}`;

/** CAP knows no fractions of a second and no Z.
 * @param at epoch ms */
const capTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}-00:00`;

/** A second that has begun is not over. */
const capEnd = (at: number): string => capTime(Math.ceil(at / 1_000) * 1_000);

/** When each revision was said, epoch ms. The oldest of many are no longer known, the first always is. */
const saidTimes = ({ said_at, opened_at }: AlertRow): Map<number, number> => {
  const said = Object.entries(JSON.parse(said_at) as Record<string, number>);
  return new Map([[1, opened_at], ...said.map(([revision, at]): [number, number] => [Number(revision), at])]);
};

/** When the message of this alert was said, epoch ms. */
export const sentAt = (row: AlertRow): number => saidTimes(row).get(row.revision) ?? row.opened_at;

function messageType(row: AlertRow): MessageType {
  if (isWithdrawn(row)) return "Cancel";
  return row.revision === 1 ? "Alert" : "Update";
}

/** The messages that this one replaces: `sender,identifier,sent` of each. */
function references(row: AlertRow, sender: string): string {
  return [...saidTimes(row)]
    .filter(([revision]) => revision < row.revision)
    .sort(([a], [b]) => a - b)
    .map(([revision, at]) => `${sender},${identifierOf({ ...row, revision })},${capTime(at)}`)
    .join(" ");
}

/** As it stood when it was said. */
function urgencyOf(row: AlertRow, sent: number): string {
  if (isWithdrawn(row) || row.end_time <= sent) return "Past";
  if (row.start_time <= sent) return "Immediate";
  return row.start_time <= sent + HOUR_MS ? "Expected" : "Future";
}

const SEVERITIES: Record<string, string> = {
  extreme: "Extreme",
  severe: "Severe",
  moderate: "Moderate",
  minor: "Minor",
};

const parameter = (name: string, value: string): string =>
  branch("parameter", [leaf("valueName", name), leaf("value", value)]);

/** English marks in front, because readers of feeds show little else. */
export function headlineOf(row: AlertRow): string {
  const marks = [row.drill === 1 ? "DRILL: " : "", row.cancelled === 1 ? "CANCELLED: " : ""];
  return `${marks.join("")}${row.type} – ${row.location}`;
}

function responseTypes(row: AlertRow, types: string[]): string[] {
  if (row.cancelled === 1) return ["AllClear"];
  return row.superseded_by === null ? responsesOf(types) : [];
}

/** In the order of CAP 1.2's schema. */
function info({ row, texts }: CapAlert, sent: number): string {
  const types = JSON.parse(row.types) as string[];
  const language = languageOf([row.type, ...texts].join("\n"));
  return branch("info", [
    ...(language === undefined ? [] : [leaf("language", language)]),
    ...categoriesOf(types).map((category) => leaf("category", category)),
    leaf("event", row.type),
    ...responseTypes(row, types).map((response) => leaf("responseType", response)),
    leaf("urgency", urgencyOf(row, sent)),
    leaf("severity", SEVERITIES[row.severity] ?? "Unknown"),
    leaf("certainty", row.start_time <= sent ? "Observed" : "Likely"),
    leaf("effective", capTime(sent)),
    leaf("onset", capTime(row.start_time)),
    leaf("expires", capEnd(row.end_time)),
    leaf("headline", headlineOf(row)),
    ...(texts.length === 0 ? [] : [leaf("description", texts.join("\n"))]),
    parameter("count", String(row.count)),
    parameter("revision", String(row.revision)),
    ...(row.superseded_by === null ? [] : [parameter("superseded_by", row.superseded_by)]),
    branch("area", [leaf("areaDesc", row.location)]),
  ]);
}

/** The alert as one CAP element, without declaration: it may stand inside another document.
 * @param sender no spaces, commas, `<` or `&` */
export function capAlert(alert: CapAlert, sender: string): string {
  const { row } = alert;
  const sent = sentAt(row);
  const type = messageType(row);
  const earlier = references(row, sender);
  const children = [
    leaf("identifier", identifierOf(row)),
    leaf("sender", sender),
    leaf("sent", capTime(sent)),
    leaf("status", row.drill === 1 ? "Exercise" : "Actual"),
    leaf("msgType", type),
    leaf("scope", "Public"),
    ...(row.drill === 1 ? [leaf("note", "This is a drill.")] : []),
    ...(type === "Alert" || earlier === "" ? [] : [leaf("references", earlier)]),
    info(alert, sent),
  ];
  return branch("alert", children, { xmlns: CAP });
}

export const capDocument = (alert: CapAlert, sender: string): string => XML_DECLARATION + capAlert(alert, sender);

export interface FeedAt {
  sender: string;
  /** The address of the feed itself. */
  self: string;
  /** The address of one alert's document. */
  linkOf(alertId: string): string;
  /** When the feed last changed, were there no alert in it: epoch ms. */
  updated: number;
}

/** One entry per alert, the newest message first. */
export function capFeed(alerts: CapAlert[], { sender, self, linkOf, updated }: FeedAt): string {
  const dated = alerts.map((alert) => ({ alert, sent: sentAt(alert.row) })).sort((a, b) => b.sent - a.sent);
  const newest = Math.max(updated, ...dated.slice(0, 1).map(({ sent }) => sent));
  const children = [
    leaf("id", self),
    leaf("title", "Civil alerts"),
    leaf("updated", new Date(newest).toISOString()),
    branch("author", [leaf("name", sender)]),
    leaf("link", "", { rel: "self", type: ATOM_TYPE, href: self }),
    ...dated.map(({ alert, sent }) => entry(alert, sent, sender, linkOf(alert.row.alert_id))),
  ];
  return XML_DECLARATION + branch("feed", children, { xmlns: ATOM });
}

function entry(alert: CapAlert, sent: number, sender: string, href: string): string {
  const { row } = alert;
  return branch("entry", [
    leaf("id", `urn:uuid:${row.alert_id}`),
    leaf("title", headlineOf(row)),
    leaf("updated", new Date(sent).toISOString()),
    leaf("published", new Date(row.opened_at).toISOString()),
    leaf("link", "", { rel: "alternate", type: CAP_TYPE, href }),
    branch("content", [capAlert(alert, sender)], { type: CAP_TYPE }),
  ]);
}
