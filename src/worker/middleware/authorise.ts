/* The permission of a route group. It hangs on the group, so a new route cannot forget it. */
import type { MiddlewareHandler } from "hono";
import { type Principal, principalMay } from "../../domain/access/principal";
import { type Permission, roleMay } from "../../domain/access/roles";
import { AppError } from "../../domain/error";
import type { AppEnv } from "../context";

export function authorise(permission: Permission): MiddlewareHandler<AppEnv> {
  return async function authoriseGroup(c, next) {
    const principal = c.get("principal");
    if (!principalMay(principal, permission)) throw new AppError("forbidden", lackOf(principal, permission));
    await next();
  };
}

function lackOf({ role }: Principal, permission: Permission): string {
  const isOfScope = role !== null && roleMay(role, permission);
  return isOfScope
    ? `A key with a scope lacks the permission ${permission}: it is about everything.`
    : `The role ${role} lacks the permission ${permission}.`;
}
