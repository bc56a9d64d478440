/* Endpoints: what of an address says which kind of request it was. The query goes, and what names one thing of many
 * becomes `:id`, so that a million orders are one endpoint. Linear in the length of the address, whatever the rules. */

const RULES_MAX = 100;
const RULE_LENGTH_MAX = 200;
/** An endpoint is part of every row about it. */
const ROUTE_MAX = 200;
const CUT = "…";

/** What each of the following has. */
const PERHAPS = /[\d-]/;
const NUMERIC = /^\d+$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^(?=.*\d)[0-9a-f]{8,}$/i;
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i;
/** Base64 and its like: words have no digits among letters of both cases. */
const TOKEN = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_-]{16,}$/;
const IDS = [NUMERIC, HEX, UUID, ULID, TOKEN];

/** A rule as its segments: a text stands for itself, `:name` for any one segment, a last `*` for all the rest. */
export interface EndpointRule {
  text: string;
  segments: string[];
  open: boolean;
}

/** `/blog/:slug,/static/*` as rules, in order. Throws with what is wrong. */
export function parseRules(text: string): EndpointRule[] {
  const rules = text
    .split(",")
    .map((rule) => rule.trim())
    .filter((rule) => rule !== "");
  if (rules.length > RULES_MAX) throw new Error(`holds ${rules.length} rules; ${RULES_MAX} is the most`);
  return rules.map(parseRule);
}

function parseRule(text: string): EndpointRule {
  if (!text.startsWith("/")) throw new Error(`${text} must begin with /`);
  if (text.length > RULE_LENGTH_MAX) throw new Error(`a rule has at most ${RULE_LENGTH_MAX} characters`);
  const segments = text.slice(1).split("/");
  const open = segments.at(-1) === "*";
  if (open) segments.pop();
  if (segments.some((segment) => segment.includes("*")))
    throw new Error(`${text} may have a * as its last segment only`);
  return { text, segments, open };
}

function matches({ segments, open }: EndpointRule, path: string[]): boolean {
  if (open ? path.length <= segments.length : path.length !== segments.length) return false;
  return segments.every((segment, i) => segment === path[i] || (segment.startsWith(":") && path[i] !== ""));
}

/** The endpoint of an address: the first rule that matches, else its path with ids as `:id`. */
export function routeOf(endpoint: string, rules: readonly EndpointRule[] = []): string {
  const path = pathOf(endpoint);
  const segments = path.slice(1).split("/");
  const rule = rules.find((candidate) => matches(candidate, segments));
  if (rule !== undefined) return rule.text;
  const route = `/${segments.map((segment) => (isId(segment) ? ":id" : segment)).join("/")}`;
  return route.length > ROUTE_MAX ? route.slice(0, ROUTE_MAX - 1) + CUT : route;
}

const isId = (segment: string): boolean => PERHAPS.test(segment) && IDS.some((form) => form.test(segment));

function before(text: string, mark: string): string {
  const end = text.indexOf(mark);
  return end < 0 ? text : text.slice(0, end);
}

/** Without origin, query and fragment. Several slashes are one, and a last one does not count. */
function pathOf(endpoint: string): string {
  const address = before(before(endpoint, "?"), "#");
  const origin = address.startsWith("/") ? "" : (/^[a-z][a-z0-9+.-]{0,20}:\/\/[^/]*/i.exec(address)?.[0] ?? "");
  const path = address
    .slice(origin.length)
    .split("/")
    .filter((segment) => segment !== "");
  return `/${path.join("/")}`;
}
