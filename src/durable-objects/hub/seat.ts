/* Seat: a socket in a hub, who sits there, and what of both outlives the hub's memory. */
import * as z from "zod";
import type { Principal } from "../../domain/access/principal";
import { ROLES } from "../../domain/access/roles";
import { Scope } from "../../domain/access/scope";
import { Subscription } from "../../domain/frame";
import { Allowance } from "../../domain/live/allowance";
import type { SavedSubscriber } from "../../domain/live/saved";
import type { Subscriber } from "../../domain/live/subscriber";

/** Headers that the Worker sets and nobody else: it builds the request to the hub from nothing. */
export const PRINCIPAL_HEADER = "x-tidings-principal";
export const STREAM_HEADER = "x-tidings-stream";
/** What a simple client wants from the start (`?topics=`), as JSON in ASCII. */
export const TOPICS_HEADER = "x-tidings-topics";
/** How many hubs the region has. */
export const HUBS_HEADER = "x-tidings-hubs";

/** JSON as a header can carry it. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

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
  /** What it may say; undefined for whoever has a key. */
  readonly messages: Allowance | undefined;
}

/** What somebody without a key may say, besides the pings that the runtime answers: a minute's worth at once. */
const PUBLIC_MESSAGES = 60;
const PUBLIC_MESSAGES_PER_SECOND = 1;

export function seatOf(who: Omit<Seat, "messages">): Seat {
  const isPublic = who.principal.role === null;
  const messages = isPublic ? new Allowance(PUBLIC_MESSAGES, PUBLIC_MESSAGES_PER_SECOND) : undefined;
  return { ...who, messages };
}

export interface Identity {
  principal: Principal;
  stream: string;
  topics: Subscription[];
  hubs: number;
}

/** Who comes with this request, as the Worker says. */
export function identityOf({ headers }: Request): Identity {
  const principal = Listening.parse(JSON.parse(headers.get(PRINCIPAL_HEADER) ?? "null"));
  const { symbols, nodes } = principal.scope ?? {};
  // Of nodes it matters only that they are limited.
  const scope = { ...(symbols && { symbols }), ...(nodes && { nodes: nodes.slice(0, 1) }) };
  return {
    principal: { ...principal, name: "", scope },
    stream: headers.get(STREAM_HEADER) ?? "",
    topics: z.array(Subscription).parse(JSON.parse(headers.get(TOPICS_HEADER) ?? "[]")),
    hubs: Number(headers.get(HUBS_HEADER) ?? 1),
  };
}
