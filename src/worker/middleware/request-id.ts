/* Every request has an id: the caller's X-Request-Id when it is a plain one, else ours. It is in the answer, in problem
 * documents and in the log. */
import type { Next } from "hono";
import { type AppContext, setHeaders } from "../context";

const PLAIN = /^[A-Za-z0-9._-]{1,64}$/;

export async function requestId(c: AppContext, next: Next): Promise<void> {
  const given = c.req.header("x-request-id");
  const id = given !== undefined && PLAIN.test(given) ? given : crypto.randomUUID();
  c.set("requestId", id);
  await next();
  setHeaders(c, { "x-request-id": id });
}
