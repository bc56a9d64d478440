/* Stream tickets: what a browser shows instead of a key. */
import type { Role } from "../../domain/access/roles";
import { TICKET_OPENS_MS, Ticket } from "../../domain/access/ticket";
import { insertTicket } from "../../storage/queries/tickets";
import type { AppContext } from "../context";
import { bearer, keyReference } from "../middleware/authenticate";
import { idempotencyKey } from "../request-key";
import { group, route } from "../route";
import { randomSecret, sha256 } from "../secrets";

const create = route(
  {
    method: "POST",
    path: "/",
    summary: "Make a stream ticket",
    detail:
      "Opens one stream within 60 s: `/api/v1/stream?ticket=…`. Afterwards it is good for that stream's reconnects only " +
      "(`&stream=` with the id from the hello message, or one chosen at the first use), for 24 h, and ends with its key.",
    headers: { "Idempotency-Key": "A repeat answers with the same ticket" },
    answers: { 201: { description: "The ticket", schema: Ticket } },
    errors: ["invalid_request"],
  },
  async (c) => {
    const principal = c.get("principal");
    const ticket = `tkt_${await secretOf(c)}`;
    const hash = await sha256(ticket);
    const madeAt = await insertTicket(c.env.DB, hash, await keyReference(c.env, principal), Date.now());
    // Whoever has no role has not come this far: the route asks for a permission.
    const role = principal.role as Role;
    return c.json({ ticket, role, expires_at: new Date(madeAt + TICKET_OPENS_MS).toISOString() } satisfies Ticket, 201);
  },
);

/** Random, or for a repeatable request made of two things that together only the caller knows: its API key and the
 * request's key. */
async function secretOf(c: AppContext): Promise<string> {
  const given = idempotencyKey(c);
  return given === undefined ? randomSecret() : sha256(`${bearer(c)}\n${given}`);
}

export const tickets = [group("Stream", "/api/v1/tickets", "stream:open", [create])];
