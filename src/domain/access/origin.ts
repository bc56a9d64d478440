/* CORS: which pages of other origins may read answers. */

/** A pattern is an origin, with `*` for any port or any one label: `http://localhost:*`, `https://*.example.com`. */
export function originAllowed(origin: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern === "*" || toExpression(pattern).test(origin));
}

function toExpression(pattern: string): RegExp {
  // `*` never crosses a dot, colon or slash: `https://*.example.com` must not match `https://evil.com/.example.com`.
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^.:/]+")}$`);
}
