/* Headers that keep an answer from being more than data, and from being kept by anyone on the way. */
import type { Next } from "hono";
import { type AppContext, setHeaders } from "../context";

const ALWAYS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-resource-policy": "same-origin",
};
const POLICY = "default-src 'none'; frame-ancestors 'none'";
const TWO_YEARS = "max-age=63072000; includeSubDomains";

export async function securityHeaders(c: AppContext, next: Next): Promise<void> {
  await next();
  const own = c.res.headers;
  setHeaders(c, {
    ...ALWAYS,
    "content-security-policy": own.get("content-security-policy") ?? POLICY,
    "cache-control": own.get("cache-control") ?? "no-store",
    ...(c.req.url.startsWith("https:") ? { "strict-transport-security": TWO_YEARS } : {}),
  });
}
