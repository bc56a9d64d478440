/* The permission of a route group. It hangs on the group, so a new route cannot forget it. */
import type { MiddlewareHandler } from "hono";
import { principalMay } from "../../domain/access/principal";
import type { Permission } from "../../domain/access/roles";
import { AppError } from "../../domain/error";
import type { AppEnv } from "../context";

export function authorise(permission: Permission): MiddlewareHandler<AppEnv> {
  return async function authoriseGroup(c, next) {
    const principal = c.get("principal");
    if (!principalMay(principal, permission)) {
      throw new AppError("forbidden", `The role ${principal.role} lacks the permission ${permission}.`);
    }
    await next();
  };
}
