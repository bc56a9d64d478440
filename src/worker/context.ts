/* What a handler knows about its request. */
import type { Context } from "hono";
import type { Principal } from "../domain/access/principal";
import { AppError } from "../domain/error";
import { type Settings, settingsOf } from "../domain/settings";

/** Who opened a stream, and the name by which a ticket lets it reconnect. */
export interface StreamOwner {
  principal: Principal;
  stream: string;
}

export interface Variables {
  requestId: string;
  /** Set for every route group that is not public. */
  principal: Principal;
  /** Set by streamPrincipal, at most once a request: claiming a ticket twice would refuse the second claim. */
  streamOwner: StreamOwner;
}

export type AppEnv = { Bindings: Env; Variables: Variables };
export type AppContext = Context<AppEnv>;

/** Sets headers on the finished answer. A 101 is left alone (a copy would lose its socket); what came from another
 * worker or object is copied first, because its headers cannot be changed. */
export function setHeaders(c: AppContext, headers: Record<string, string>): void {
  if (c.res.status === 101) return;
  try {
    for (const name in headers) c.res.headers.set(name, headers[name] as string);
  } catch {
    const copy = new Response(c.res.body, c.res);
    for (const name in headers) copy.headers.set(name, headers[name] as string);
    c.res = copy;
  }
}

/** The operator's settings. A bad one is named in the answer, whatever was asked: nothing works without it. */
export function settings(c: AppContext): Settings {
  try {
    return settingsOf(c.env);
  } catch (error) {
    throw new AppError("bad_settings", error instanceof Error ? error.message : "Bad settings");
  }
}
