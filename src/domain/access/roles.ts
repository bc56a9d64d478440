/* Who may do what: one table, role → permissions. A route group names the permission it needs; nothing else decides. */

export const ROLES = ["admin", "operator", "analyst", "viewer", "source"] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = [
  "prices:read",
  "prices:write",
  "prices:delete",
  "alerts:read",
  "alerts:write",
  "alerts:cancel",
  "nodes:read",
  "nodes:beat",
  "nodes:configure",
  "metrics:read",
  "metrics:write",
  "metrics:delete",
  "requests:read",
  "requests:write",
  "usage:read",
  "stream:open",
  "overview:read",
  "audit:read",
  "dead_letters:read",
  "dead_letters:apply",
  "keys:manage",
  "objects:restore",
  "archive:read",
  "retention:manage",
  "analytics:query",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const VIEWER = [
  "prices:read",
  "alerts:read",
  "nodes:read",
  "metrics:read",
  "requests:read",
  "stream:open",
  "overview:read",
  "audit:read",
] as const;
const ANALYST = [...VIEWER, "dead_letters:read", "usage:read", "analytics:query"] as const;
const OPERATOR = [...ANALYST, "dead_letters:apply", "alerts:cancel", "nodes:configure"] as const;

const MAY: Record<Role, ReadonlySet<Permission>> = {
  admin: new Set(PERMISSIONS),
  operator: new Set(OPERATOR),
  analyst: new Set(ANALYST),
  viewer: new Set(VIEWER),
  // A source says and hears nothing back: a key that leaks from a device shows nobody anything.
  source: new Set<Permission>(["prices:write", "alerts:write", "nodes:beat", "metrics:write", "requests:write"]),
};

export const roleMay = (role: Role, permission: Permission): boolean => MAY[role].has(permission);
