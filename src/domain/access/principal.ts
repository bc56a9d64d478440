/* Who is asking. */
import { type Permission, type Role, roleMay } from "./roles";
import { matchesPattern, type Scope, scopeAllows } from "./scope";

/** Whoever comes with the installation's first admin key, which is no row of D1. */
export const ADMIN_ID = "admin";

export interface Principal {
  /** The key's id; `admin` for the key of the environment. The default source of what it posts. */
  id: string;
  /** Null for whoever comes without credentials: may do nothing by role. */
  role: Role | null;
  name: string;
  scope: Scope | null;
}

/** Whoever comes to the stream without credentials: hears the public topics and nothing else. */
export const ANYONE: Principal = { id: "anyone", role: null, name: "anyone", scope: null };

/** What is about everything there is, so that no scope can limit it: whoever made a key for all would not be limited either. */
const OF_EVERYTHING: ReadonlySet<Permission> = new Set([
  "keys:manage",
  "objects:restore",
  "archive:read",
  "retention:manage",
]);

export const isLimited = ({ scope }: Principal): boolean =>
  Object.values(scope ?? {}).some((patterns) => patterns !== undefined);

export const principalMay = (principal: Principal, permission: Permission): boolean =>
  principal.role !== null &&
  roleMay(principal.role, permission) &&
  !(OF_EVERYTHING.has(permission) && isLimited(principal));

const PRICE_TOPIC = "prices/";

/** Topics that name everything of a kind: a key limited to some of it does not get them. */
const WHOLE_KINDS = { symbols: "prices:read", nodes: "nodes:read" } as const;

/** Whether a principal may hear a topic. `publicTopics` are names or beginnings with `*`, open to everybody. */
export function mayHear(principal: Principal, topic: string, publicTopics: readonly string[]): boolean {
  if (publicTopics.some((pattern) => matchesPattern(pattern, topic))) return true;
  if (!principalMay(principal, "stream:open")) return false;
  if (topic.startsWith(PRICE_TOPIC)) return scopeAllows(principal.scope, "symbols", topic.slice(PRICE_TOPIC.length));
  if (topic !== "symbols" && topic !== "nodes") return true;
  return principalMay(principal, WHOLE_KINDS[topic]) && principal.scope?.[topic] === undefined;
}
