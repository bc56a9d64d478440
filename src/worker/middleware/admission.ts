/* A bound on what waits. Past it a request is refused at once and kindly, before anything of it is read: whoever is refused
 * in a millisecond can come again, whoever waits for ten seconds has given up. Each isolate counts its own. */
import type { MiddlewareHandler } from "hono";
import { AppError } from "../../domain/error";
import { Waiting } from "../../domain/waiting";
import { type AppEnv, settings } from "../context";
import { remembered } from "../remembered";

const waitingIn = remembered(() => new Waiting());

export function admission(): MiddlewareHandler<AppEnv> {
  return async function admit(c, next) {
    const waiting = waitingIn(c.env);
    const now = Date.now();
    const { MAX_WAITING } = settings(c);
    if (waiting.at(now) >= MAX_WAITING) {
      throw new AppError("overloaded", `${MAX_WAITING} requests wait here already. Try again.`, { retry_after_s: 1 });
    }
    const leave = waiting.enter(now);
    try {
      await next();
    } finally {
      leave();
    }
  };
}
