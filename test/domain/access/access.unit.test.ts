/* Roles, scopes, keys and origins. */
import { describe, expect, it } from "vitest";
import { formatKey, looksLikeKey } from "../../../src/domain/access/key";
import { originAllowed } from "../../../src/domain/access/origin";
import { ANYONE, mayHear, type Principal, principalMay } from "../../../src/domain/access/principal";
import { PERMISSIONS, ROLES, type Role, roleMay } from "../../../src/domain/access/roles";
import { Scope, scopeAllows } from "../../../src/domain/access/scope";

const who = (role: Role, scope: Scope | null = null): Principal => ({ id: "k", role, name: "n", scope });

describe("roles", () => {
  it("let an admin do everything, and only an admin delete prices and manage keys", () => {
    for (const permission of PERMISSIONS) expect(roleMay("admin", permission)).toBe(true);
    for (const role of ROLES.filter((r) => r !== "admin")) {
      expect([roleMay(role, "prices:delete"), roleMay(role, "keys:manage")]).toEqual([false, false]);
    }
  });

  it("let sources say and hear nothing back, and readers hear and say nothing", () => {
    const says = PERMISSIONS.filter((p) => /:(write|beat)$/.test(p));
    expect(says).toEqual(["prices:write", "alerts:write", "nodes:beat", "metrics:write", "requests:write"]);
    expect(PERMISSIONS.filter((p) => roleMay("source", p))).toEqual(says);
    for (const role of ["operator", "analyst", "viewer"] as const) expect(roleMay(role, "prices:write")).toBe(false);
    expect(PERMISSIONS.some((p) => principalMay(ANYONE, p))).toBe(false);
  });
});

describe("scopes", () => {
  it("limit the kinds they name, by name or beginning, and nothing else", () => {
    const scope = Scope.parse({ symbols: ["aapl", "btc/*"] });
    expect(scopeAllows(scope, "symbols", "AAPL")).toBe(true);
    expect(scopeAllows(scope, "symbols", "BTC/USD")).toBe(true);
    expect(scopeAllows(scope, "symbols", "AAPLX")).toBe(false);
    expect(scopeAllows(scope, "nodes", "any")).toBe(true);
    expect(scopeAllows(null, "symbols", "any")).toBe(true);
  });

  it("leave of an admin what can be limited: neither keys nor the archive, retention or restores", () => {
    const lacks = (scope: Scope) => PERMISSIONS.filter((p) => !principalMay(who("admin", scope), p)).sort();
    const all = ["archive:read", "keys:manage", "objects:restore", "retention:manage"];
    for (const kind of ["symbols", "nodes", "names"]) expect(lacks({ [kind]: ["A*"] })).toEqual(all);
    expect(lacks({})).toEqual([]);
  });

  it("refuse patterns that would not mean what they look like", () => {
    for (const bad of ["A*B", "**", "", "a b", "[A]*"]) expect(Scope.safeParse({ symbols: [bad] }).success).toBe(false);
    expect(Scope.safeParse({ symbols: [] }).success).toBe(false);
    expect(Scope.safeParse({ symbol: ["A"] }).success).toBe(false);
  });
});

describe("topics", () => {
  it("are heard by role and scope, public ones by anyone", () => {
    const bob = who("viewer", { symbols: ["A*"] });
    expect(mayHear(bob, "prices/AAPL", [])).toBe(true);
    expect(mayHear(bob, "prices/MSFT", [])).toBe(false);
    expect(mayHear(bob, "prices/MSFT", ["prices/MSFT"])).toBe(true);
    expect(mayHear(bob, "symbols", [])).toBe(false);
    expect(mayHear(who("viewer"), "symbols", [])).toBe(true);
    expect(mayHear(bob, "nodes", [])).toBe(true);
    expect(mayHear(who("viewer", { nodes: ["web-*"] }), "nodes", [])).toBe(false);
    expect(mayHear(who("source"), "nodes", [])).toBe(false);
    expect(mayHear(ANYONE, "nodes", ["alerts"])).toBe(false);
    expect(mayHear(who("source"), "prices/AAPL", [])).toBe(false);
    expect(mayHear(ANYONE, "prices/AAPL", ["prices/*"])).toBe(true);
    expect(mayHear(ANYONE, "symbols", ["prices/*"])).toBe(false);
  });
});

describe("keys", () => {
  it("tell a mistyped one from a whole one without asking anyone", () => {
    const key = formatKey("a".repeat(43));
    expect(looksLikeKey(key)).toBe(true);
    expect(looksLikeKey(key.replace("aa", "ab"))).toBe(false);
    expect(looksLikeKey(key.slice(0, -1))).toBe(false);
  });
});

describe("origins", () => {
  it.each([
    ["http://localhost:5173", ["http://localhost:*"], true],
    ["http://localhost", ["http://localhost:*"], false],
    ["http://localhost.evil.example:80", ["http://localhost:*"], false],
    ["https://a.example.com", ["https://*.example.com"], true],
    ["https://a.b.example.com", ["https://*.example.com"], false],
    ["https://evil.com/.example.com", ["https://*.example.com"], false],
    ["https://exampleXcom", ["https://example.com"], false],
    ["https://anything.at", ["*"], true],
    ["https://example.com", [], false],
  ])("%s by %j: %s", (origin, patterns, allowed) => {
    expect(originAllowed(origin, patterns)).toBe(allowed);
  });
});
