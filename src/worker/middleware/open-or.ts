/* What belongs to a public topic is open to everybody; when the operator closes the topic, its reads close with it. */
import type { MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { matchesPattern } from "../../domain/access/scope";
import { type AppEnv, settings } from "../context";

export function openOr(topic: string, guards: MiddlewareHandler<AppEnv>[]): MiddlewareHandler<AppEnv> {
  const guarded = every(...guards) as MiddlewareHandler<AppEnv>;
  return async function openWhilePublic(c, next) {
    const isOpen = settings(c).PUBLIC_TOPICS.some((pattern) => matchesPattern(pattern, topic));
    return isOpen ? next() : guarded(c, next);
  };
}
