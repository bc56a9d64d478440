/* Stream tickets: a browser cannot send headers with a socket, and a key in an address would end up in logs.
 * A ticket opens one stream soon after it was made, and then only that stream again. */
import * as z from "zod";
import { DAY_MS } from "../units";
import { ROLES } from "./roles";

/** To open the stream. */
export const TICKET_OPENS_MS = 60_000;
/** For that stream's reconnects. */
export const TICKET_LIVES_MS = DAY_MS;

/** Ours are UUIDs; a client may choose its own at the first use, so that an address stays good for reconnects. */
export const StreamId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, "must be 8-64 of A-Z a-z 0-9 _ -");

export const Ticket = z.object({
  ticket: z.string(),
  role: z.enum(ROLES).describe("Of the key it was made with: what a page may offer"),
  expires_at: z.iso
    .datetime()
    .describe("Until then it opens one stream; afterwards that stream's reconnects, for 24 h"),
});
export type Ticket = z.infer<typeof Ticket>;
