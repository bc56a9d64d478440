/* CORS by allow-list (CORS_ORIGINS). Credentials travel in a header, never in cookies, so none are allowed. */
import type { Next } from "hono";
import { originAllowed } from "../../domain/access/origin";
import { type AppContext, setHeaders, settings } from "../context";

const EXPOSED = "etag, retry-after, x-request-id";
const PREFLIGHT = {
  "access-control-allow-methods": "GET, POST, PUT, DELETE",
  "access-control-allow-headers":
    "authorization, content-type, content-encoding, idempotency-key, if-none-match, last-event-id, x-request-id",
  "access-control-max-age": "600",
};

export async function cors(c: AppContext, next: Next): Promise<Response | undefined> {
  const origin = c.req.header("origin");
  if (origin === undefined) {
    await next();
    return undefined;
  }
  const allowed = originAllowed(origin, settings(c).CORS_ORIGINS);
  const grant: Record<string, string> = allowed
    ? { "access-control-allow-origin": origin, vary: "Origin" }
    : { vary: "Origin" };
  if (c.req.method === "OPTIONS" && c.req.header("access-control-request-method") !== undefined) {
    return new Response(null, { status: 204, headers: allowed ? { ...grant, ...PREFLIGHT } : grant });
  }
  await next();
  setHeaders(c, allowed ? { ...grant, "access-control-expose-headers": EXPOSED } : grant);
  return undefined;
}
