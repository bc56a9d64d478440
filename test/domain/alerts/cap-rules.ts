/* The rules of CAP 1.2 (OASIS CAP-v1.2-os, 3.2 and 3.4) and of an Atom feed (RFC 4287) that schema and text lay down: order,
 * cardinality, enumerations, patterns. Returns what is wrong; nothing when all is well. */
import { childrenOf, textOf, type XmlElement } from "./xml";

type Check = (text: string) => boolean;
type Rule = [name: string, least: number, most: number, check?: Check | Rule[]];

const MANY = Number.POSITIVE_INFINITY;
const oneOf =
  (...values: string[]): Check =>
  (text) =>
    values.includes(text);
const TIME = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$/;
const isTime: Check = (text) =>
  TIME.test(text) && !text.endsWith("+00:00") && !Number.isNaN(Date.parse(text.replace(/-00:00$/, "Z")));
const isPlain: Check = (text) => /^[^\s,<&]+$/.test(text);
const isReferences: Check = (text) =>
  text.split(" ").every((reference) => {
    const [sender, identifier, sent, ...rest] = reference.split(",");
    return rest.length === 0 && isPlain(sender ?? "") && isPlain(identifier ?? "") && isTime(sent ?? "");
  });

const NAMED: Rule[] = [
  ["valueName", 1, 1],
  ["value", 1, 1],
];
const AREA: Rule[] = [
  ["areaDesc", 1, 1],
  ["polygon", 0, MANY],
  ["circle", 0, MANY],
  ["geocode", 0, MANY, NAMED],
  ["altitude", 0, 1],
  ["ceiling", 0, 1],
];
const INFO: Rule[] = [
  ["language", 0, 1, (text) => /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(text)],
  [
    "category",
    1,
    MANY,
    oneOf(
      "Geo",
      "Met",
      "Safety",
      "Security",
      "Rescue",
      "Fire",
      "Health",
      "Env",
      "Transport",
      "Infra",
      "CBRNE",
      "Other",
    ),
  ],
  ["event", 1, 1],
  [
    "responseType",
    0,
    MANY,
    oneOf("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"),
  ],
  ["urgency", 1, 1, oneOf("Immediate", "Expected", "Future", "Past", "Unknown")],
  ["severity", 1, 1, oneOf("Extreme", "Severe", "Moderate", "Minor", "Unknown")],
  ["certainty", 1, 1, oneOf("Observed", "Likely", "Possible", "Unlikely", "Unknown")],
  ["audience", 0, 1],
  ["eventCode", 0, MANY, NAMED],
  ["effective", 0, 1, isTime],
  ["onset", 0, 1, isTime],
  ["expires", 0, 1, isTime],
  ["senderName", 0, 1],
  ["headline", 0, 1],
  ["description", 0, 1],
  ["instruction", 0, 1],
  ["web", 0, 1],
  ["contact", 0, 1],
  ["parameter", 0, MANY, NAMED],
  ["resource", 0, MANY],
  ["area", 0, MANY, AREA],
];
const ALERT: Rule[] = [
  ["identifier", 1, 1, isPlain],
  ["sender", 1, 1, isPlain],
  ["sent", 1, 1, isTime],
  ["status", 1, 1, oneOf("Actual", "Exercise", "System", "Test", "Draft")],
  ["msgType", 1, 1, oneOf("Alert", "Update", "Cancel", "Ack", "Error")],
  ["source", 0, 1],
  ["scope", 1, 1, oneOf("Public", "Restricted", "Private")],
  ["restriction", 0, 1],
  ["addresses", 0, 1],
  ["code", 0, MANY],
  ["note", 0, 1],
  ["references", 0, 1, isReferences],
  ["incidents", 0, 1],
  ["info", 0, MANY, INFO],
];

const isTimeOfAtom: Check = (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/.test(text);
const isIri: Check = (text) => URL.canParse(text);

/** Of a sequence of elements, and of what is in them. */
function breaches(element: XmlElement, rules: Rule[]): string[] {
  const found: string[] = [];
  if (element.text.trim() !== "") found.push(`text in ${element.name}`);
  let place = 0;
  for (const { name } of element.children) {
    const at = rules.findIndex(([known]) => known === name);
    if (at < 0) found.push(`${name} is not known in ${element.name}`);
    else if (at < place) found.push(`${name} comes too late in ${element.name}`);
    place = Math.max(place, at);
  }
  for (const [name, least, most, check] of rules) {
    const children = childrenOf(element, name);
    if (children.length < least || children.length > most) found.push(`${children.length} ${name} in ${element.name}`);
    for (const child of children) {
      if (Array.isArray(check)) found.push(...breaches(child, check));
      else if (child.children.length > 0) found.push(`elements in ${name}`);
      else if (check !== undefined && !check(child.text)) found.push(`${name}: ${child.text}`);
    }
  }
  return found;
}

/** What is wrong with a CAP message. */
export function capBreaches(alert: XmlElement): string[] {
  const found = breaches(alert, ALERT);
  if (alert.name !== "alert" || alert.attributes.xmlns !== "urn:oasis:names:tc:emergency:cap:1.2")
    found.push("no alert of CAP 1.2");
  const isFirst = textOf(alert, "msgType") === "Alert";
  if (isFirst === (textOf(alert, "references") !== undefined)) found.push("references that do not fit the msgType");
  const own = `${textOf(alert, "sender")},${textOf(alert, "identifier")},`;
  if (textOf(alert, "references")?.includes(own)) found.push("a message that refers to itself");
  return found;
}

/** What is wrong with a feed and the messages in it. */
export function feedBreaches(feed: XmlElement): string[] {
  const found: string[] = [];
  const need = (element: XmlElement, name: string, check: Check) => {
    const texts = childrenOf(element, name).map(({ text }) => text);
    if (texts.length !== 1 || !check(texts[0] as string)) found.push(`${name} of ${element.name}: ${texts}`);
  };
  if (feed.name !== "feed" || feed.attributes.xmlns !== "http://www.w3.org/2005/Atom") found.push("no Atom feed");
  const entries = childrenOf(feed, "entry");
  for (const element of [feed, ...entries]) {
    need(element, "id", isIri);
    need(element, "title", () => true);
    need(element, "updated", isTimeOfAtom);
    for (const { attributes } of childrenOf(element, "link")) if (!isIri(attributes.href ?? "")) found.push("link");
  }
  if (childrenOf(feed, "author").length === 0) found.push("no author");
  const ids = entries.map((entry) => textOf(entry, "id"));
  if (new Set(ids).size !== ids.length) found.push("an id twice");
  for (const entry of entries) {
    const [content, ...more] = childrenOf(entry, "content");
    const isOne = content?.attributes.type === "application/cap+xml" && content.children.length === 1;
    if (!isOne || more.length > 0) found.push("content that is not one message");
    else found.push(...capBreaches(content.children[0] as XmlElement));
  }
  return found;
}
