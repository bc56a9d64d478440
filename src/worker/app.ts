/* The HTTP API: what every request passes, then a list of route groups, each behind what it asks for. */
import { Hono, type MiddlewareHandler } from "hono";
import { AppError } from "../domain/error";
import type { AppContext, AppEnv } from "./context";
import { admission } from "./middleware/admission";
import { authenticate } from "./middleware/authenticate";
import { authorise } from "./middleware/authorise";
import { cors } from "./middleware/cors";
import { openOr } from "./middleware/open-or";
import { ownTraffic } from "./middleware/own-traffic";
import { requestId } from "./middleware/request-id";
import { schemeCheck } from "./middleware/scheme-check";
import { securityHeaders } from "./middleware/security-headers";
import { streamPrincipal } from "./middleware/stream-principal";
import { onError, problemResponse } from "./on-error";
import { type Access, pathOf, type RouteGroup } from "./route";
import { alerts } from "./routes/alerts";
import { analytics } from "./routes/analytics";
import { archive } from "./routes/archive";
import { audit } from "./routes/audit";
import { deadLetters } from "./routes/dead-letters";
import { health } from "./routes/health";
import { keys } from "./routes/keys";
import { metrics } from "./routes/metrics";
import { nodes } from "./routes/nodes";
import { objects } from "./routes/objects";
import { overview } from "./routes/overview";
import { pings } from "./routes/pings";
import { prices } from "./routes/prices";
import { reference } from "./routes/reference";
import { reports } from "./routes/reports";
import { requests } from "./routes/requests";
import { retention } from "./routes/retention";
import { stream } from "./routes/stream";
import { tickets } from "./routes/tickets";

export const GROUPS: RouteGroup[] = [
  ...prices,
  ...alerts,
  ...nodes,
  ...reports,
  ...pings,
  ...metrics,
  ...requests,
  ...tickets,
  ...stream,
  ...keys,
  ...overview,
  ...audit,
  ...deadLetters,
  ...objects,
  ...analytics,
  ...archive,
  ...retention,
  ...health,
  ...reference(() => GROUPS),
];

/** In the order they are passed. Everything else belongs to the page's files. */
const DOORS = ["/api/*", "/ping/*", "/metric", "/healthz", "/openapi.json", "/docs"];

export function createApp(groups: RouteGroup[]): Hono<AppEnv> {
  const router = new Hono<AppEnv>();
  for (const door of DOORS) router.use(door, requestId, securityHeaders, cors, schemeCheck);
  router.use("/api/*", ownTraffic, admission());
  for (const group of groups) {
    for (const { method, path, handle } of group.routes) {
      router.on(method, [pathOf(group, path)], ...guards(group.access), handle);
    }
  }
  router.notFound((c) => notFound(c, groups));
  router.onError(onError);
  return router;
}

function guards(access: Access): MiddlewareHandler<AppEnv>[] {
  if (access === "public") return [];
  if (typeof access === "object") return [openOr(access.topic, guards(access.permission))];
  if (access === "stream") return [streamPrincipal as MiddlewareHandler<AppEnv>];
  return [authenticate as MiddlewareHandler<AppEnv>, authorise(access)];
}

/** Files whose names change with what is in them. */
const VERSIONED = "/assets/";

/** The page at any of its addresses, or one of its files. Of another version there are none: answered with the page, which is
 * kept for a year there, a browser would have it for a script. */
async function pageOrFile({ req, env }: AppContext): Promise<Response | undefined> {
  const file = await env.ASSETS.fetch(req.raw);
  if (file.status !== 404) return file;
  return req.path.startsWith(VERSIONED) ? undefined : env.ASSETS.fetch(new Request(new URL("/", req.url), req.raw));
}

/** Of the page, another method of a path there is, or nothing. */
async function notFound(c: AppContext, groups: RouteGroup[]): Promise<Response> {
  const { path } = c.req;
  const isOurs = DOORS.some((door) => (door.endsWith("*") ? path.startsWith(door.slice(0, -1)) : path === door));
  const found = isOurs || c.env.ASSETS === undefined ? undefined : await pageOrFile(c);
  if (found !== undefined) return found;
  const allowed = methodsOf(path, groups);
  if (allowed.length === 0) return problemResponse(new AppError("not_found", `No ${path} here.`), c);
  const extra = { allow: allowed.join(", ") };
  return problemResponse(new AppError("method_not_allowed", `${path} takes ${extra.allow}.`, extra), c);
}

function methodsOf(path: string, groups: RouteGroup[]): string[] {
  const methods = new Set<string>();
  for (const group of groups) {
    for (const route of group.routes) {
      const expression = new RegExp(`^${pathOf(group, route.path).replace(/:\w+/g, "[^/]+")}$`);
      if (expression.test(path)) methods.add(route.method);
    }
  }
  return [...methods];
}

export const app = createApp(GROUPS);
