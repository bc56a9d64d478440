/* Scopes: what of a kind a key is limited to. A kind that a scope does not name is not limited. */
import * as z from "zod";

const MAX_PATTERNS = 100;

const pattern = (allowed: RegExp, length: number) =>
  z.string().min(1).max(length).regex(allowed, "may hold its usual characters and one * at the end");

const list = (item: z.ZodType<string, string>) => z.array(item).min(1).max(MAX_PATTERNS);

/** Each entry is a name or, with `*` at its end, a beginning. */
export const Scope = z.strictObject({
  nodes: list(pattern(/^[^*]*\*?$/, 128)).optional(),
  symbols: list(pattern(/^[A-Za-z0-9._:/-]*\*?$/, 33).transform((s) => s.toUpperCase())).optional(),
  names: list(pattern(/^[^*]*\*?$/, 128)).optional(),
});
export type Scope = z.infer<typeof Scope>;
export type ScopeKind = keyof Scope;

export function matchesPattern(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

export function scopeAllows(scope: Scope | null, kind: ScopeKind, name: string): boolean {
  const patterns = scope?.[kind];
  return patterns === undefined || patterns.some((p) => matchesPattern(p, name));
}
