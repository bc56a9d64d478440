/* Seat: a socket in a hub, who sits there, and what of both outlives the hub's memory. */
import { z } from "zod";
import { mayHear, type Principal } from "../../domain/access/principal";
import { ROLES } from "../../domain/access/roles";
import { Scope } from "../../domain/access/scope";
import { Subscription } from "../../domain/frame";
import type { SavedSubscriber } from "../../domain/live/saved";
import type { Subscriber } from "../../domain/live/subscriber";

/** Headers that the Worker sets and nobody else: it builds the request to the hub from nothing. */
export const PRINCIPAL_HEADER = "x-tidings-principal";
export const STREAM_HEADER = "x-tidings-stream";
/** What a simple client wants from the start (`?topics=`), as JSON. */
export const TOPICS_HEADER = "x-tidings-topics";

const Listening = z.object({
  id: z.string(),
  role: z.enum(ROLES).nullable(),
  name: z.string(),
  scope: Scope.nullable(),
});

/** An attachment may have 16,384 bytes: of the principal it holds only what decides about topics. */
export interface Attachment {
  v: 1;
  principal: Principal;
  stream: string;
  saved: SavedSubscriber;
}

export interface Seat {
  readonly ws: WebSocket;
  readonly subscriber: Subscriber;
  readonly principal: Principal;
  readonly stream: string;
}

/** Who comes with this request, as the Worker says. */
export function identityOf(request: Request): { principal: Principal; stream: string; topics: Subscription[] } {
  const principal = Listening.parse(JSON.parse(request.headers.get(PRINCIPAL_HEADER) ?? "null"));
  const symbols = principal.scope?.symbols;
  return {
    principal: { ...principal, name: "", scope: symbols === undefined ? null : { symbols } },
    stream: request.headers.get(STREAM_HEADER) ?? "",
    topics: z.array(Subscription).parse(JSON.parse(request.headers.get(TOPICS_HEADER) ?? "[]")),
  };
}

/** Why a topic is refused to whoever sits there; undefined when it is not. */
export function refusalOf(seat: Seat, topic: string | undefined, publicTopics: readonly string[]) {
  if (topic === undefined) return { code: "not_found", detail: "There is no topic of this name." };
  if (mayHear(seat.principal, topic, publicTopics)) return undefined;
  return { code: "forbidden", detail: "This key may not listen to this topic." };
}
