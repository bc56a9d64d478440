/* Who opens a stream: a key in the Authorization header, a ticket in the address (browsers cannot send headers with a
 * socket), or nobody, who hears the public topics only. What each may hear: mayHear in domain/access/principal.ts. */
import type { Next } from "hono";
import { ANYONE, type Principal, principalMay } from "../../domain/access/principal";
import { StreamId } from "../../domain/access/ticket";
import { AppError } from "../../domain/error";
import { claimTicket } from "../../storage/queries/tickets";
import { type AppContext, type StreamOwner, settings } from "../context";
import { sha256 } from "../secrets";
import { bearer, principalOfReference, principalOfRequest } from "./authenticate";

export async function streamPrincipal(c: AppContext, next: Next): Promise<void> {
  await principalOfStream(c);
  await next();
}

/** The first call of a request decides and claims the ticket; later ones return the same. Throws 401 or 403. */
export async function principalOfStream(c: AppContext): Promise<StreamOwner> {
  const known = c.get("streamOwner");
  if (known !== undefined) return known;
  const owner = await find(c);
  c.set("streamOwner", owner);
  c.set("principal", owner.principal);
  return owner;
}

async function find(c: AppContext): Promise<StreamOwner> {
  const stream = streamId(c);
  const ticket = c.req.query("ticket");
  if (ticket !== undefined) return { principal: permitted(await ofTicket(c, ticket, stream)), stream };
  const isPublic = settings(c).PUBLIC_TOPICS.length > 0;
  if (bearer(c) === undefined && isPublic) return { principal: ANYONE, stream };
  return { principal: permitted(await principalOfRequest(c)), stream };
}

function streamId(c: AppContext): string {
  const given = c.req.query("stream");
  if (given === undefined) return crypto.randomUUID();
  const result = StreamId.safeParse(given);
  if (result.success) return result.data;
  const detail = result.error.issues[0]?.message ?? "is not a stream id";
  throw new AppError("invalid_request", `stream ${detail}`, {}, [{ pointer: "stream", detail }]);
}

async function ofTicket(c: AppContext, ticket: string, stream: string): Promise<Principal> {
  const reference = await claimTicket(c.env.DB, await sha256(ticket), stream, Date.now());
  const principal = reference === undefined ? undefined : await principalOfReference(c.env, reference);
  if (principal === undefined) {
    throw new AppError("unauthorized", "This ticket is used, expired or unknown. Get another: POST /api/v1/tickets");
  }
  return principal;
}

function permitted(principal: Principal): Principal {
  if (principalMay(principal, "stream:open")) return principal;
  throw new AppError("forbidden", `The role ${principal.role} lacks the permission stream:open.`);
}
