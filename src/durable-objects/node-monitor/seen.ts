/* Seen: when each node of an object was last heard, beside the log.
 *
 *   seen(node, at, sent, closed_at)   a beat over HTTP is one row written; so is the end of a connection
 *
 * What a socket hears is in no storage: the runtime remembers when it last answered a beat, and the attachment when a
 * message came. Both outlive hibernation and nothing else; what follows from that is domain/nodes. */
import * as z from "zod";
import { endedBefore, type Heard, hear } from "../../domain/nodes/heard";
import type { Sightings } from "../../domain/nodes/monitor";
import type { Sighting } from "../../domain/nodes/status";
import { MINUTE_MS } from "../../domain/units";
import { Speaker } from "./session";

/** Who sends metrics cannot go on for longer with a key that was deleted. */
const CHECK_EVERY_MS = 5 * MINUTE_MS;

const SCHEMA = `CREATE TABLE IF NOT EXISTS seen (node TEXT PRIMARY KEY, at INTEGER NOT NULL, sent INTEGER NOT NULL,
  closed_at INTEGER) WITHOUT ROWID`;

const WRITE = `INSERT INTO seen (node, at, sent, closed_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (node) DO UPDATE SET at = excluded.at, sent = excluded.sent, closed_at = excluded.closed_at`;

/** What a socket carries over hibernation. None: it is nobody's any more, whatever it still says. */
const Attachment = Speaker.extend({
  v: z.literal(1),
  heard_at: z.number(),
  /** When it was last asked whether its key is still there. */
  checked_at: z.number(),
});
export type Attachment = z.infer<typeof Attachment>;

/** When the runtime last answered a beat. An object, so that a test can set its clock too. */
export const runtime = {
  answeredAt: (ctx: DurableObjectState, ws: WebSocket): number =>
    ctx.getWebSocketAutoResponseTimestamp(ws)?.getTime() ?? 0,
};

type Row = Heard & { closedAt: number | null };

interface Session {
  ws: WebSocket;
  attachment: Attachment;
}

export class Seen implements Sightings {
  readonly #ctx: DurableObjectState;
  #known: Map<string, Row> | undefined;
  #sessions: Map<string, Session> | undefined;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  of(node: string): Sighting {
    const row = this.#rows.get(node);
    const session = this.#open.get(node);
    const heard = session === undefined ? undefined : this.#heardBy(session);
    return {
      lastBeat: row === undefined ? heard : Math.max(row.at, heard ?? row.at),
      connected: session !== undefined,
      closedAt: session === undefined ? (row?.closedAt ?? undefined) : undefined,
    };
  }

  /** A beat that came by HTTP. */
  hear(node: string, now: number, sent: number | undefined, patienceMs: number): "new" | "duplicate" | "old" {
    const row = this.#rows.get(node);
    const heard = hear(row, now, sent, patienceMs);
    if (typeof heard === "string") return heard;
    const closedAt = row?.closedAt ?? null;
    this.#write(node, { ...heard, closedAt: closedAt === null ? null : endedBefore(closedAt, heard.at) });
    return "new";
  }

  /** A connection of a node begins; answers the one that it replaces. */
  open(ws: WebSocket, { node, source, names }: Speaker, now: number): WebSocket | undefined {
    const before = this.#open.get(node)?.ws;
    before?.serializeAttachment(null);
    const attachment: Attachment = { v: 1, node, source, names, heard_at: now, checked_at: now };
    ws.serializeAttachment(attachment);
    this.#open.set(node, { ws, attachment });
    const row = this.#rows.get(node);
    if (row !== undefined && row.closedAt !== null) this.#write(node, { ...row, closedAt: null });
    return before;
  }

  /** Who says something there, and whether it is time to ask for its key; undefined when it is nobody's. A message is a beat. */
  message(ws: WebSocket, now: number): (Speaker & { isToBeChecked: boolean }) | undefined {
    const attachment = attachmentOf(ws);
    if (attachment === undefined) return undefined;
    const isToBeChecked = now - attachment.checked_at >= CHECK_EVERY_MS;
    attachment.heard_at = now;
    if (isToBeChecked) attachment.checked_at = now;
    ws.serializeAttachment(attachment);
    this.#open.set(attachment.node, { ws, attachment });
    return { ...attachment, isToBeChecked };
  }

  /** A connection ended, or is to count for nothing from now on; answers whose it was. */
  close(ws: WebSocket, now: number): string | undefined {
    const attachment = attachmentOf(ws);
    if (attachment === undefined) return undefined;
    const { node } = attachment;
    const at = this.#heardBy({ ws, attachment });
    const row = this.#rows.get(node);
    this.#write(node, { at: Math.max(at, row?.at ?? at), sent: row?.sent ?? at, closedAt: now });
    ws.serializeAttachment(null);
    this.#open.delete(node);
    return node;
  }

  forget(node: string): void {
    if (this.#rows.delete(node)) this.#ctx.storage.sql.exec("DELETE FROM seen WHERE node = ?", node);
  }

  sessionOf(node: string): WebSocket | undefined {
    return this.#open.get(node)?.ws;
  }

  /** Nodes that are connected. */
  get connected(): string[] {
    return [...this.#open.keys()];
  }

  /** Whose sessions are open, and by which key. */
  get sessions(): Speaker[] {
    return Array.from(this.#open.values(), ({ attachment }) => attachment);
  }

  #heardBy({ ws, attachment }: Session): number {
    return Math.max(attachment.heard_at, runtime.answeredAt(this.#ctx, ws));
  }

  #write(node: string, row: Row): void {
    const { sql } = this.#ctx.storage;
    if (this.#rows.size === 0) sql.exec(SCHEMA);
    sql.exec(WRITE, node, row.at, row.sent, row.closedAt);
    this.#rows.set(node, row);
  }

  get #rows(): Map<string, Row> {
    this.#known ??= readRows(this.#ctx.storage.sql);
    return this.#known;
  }

  get #open(): Map<string, Session> {
    if (this.#sessions === undefined) {
      this.#sessions = new Map();
      for (const ws of this.#ctx.getWebSockets()) {
        const attachment = attachmentOf(ws);
        if (attachment !== undefined) this.#sessions.set(attachment.node, { ws, attachment });
      }
    }
    return this.#sessions;
  }
}

const attachmentOf = (ws: WebSocket): Attachment | undefined => Attachment.safeParse(ws.deserializeAttachment()).data;

/** An object that was only asked has no table. */
function readRows(sql: SqlStorage): Map<string, Row> {
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'seen'").toArray().length === 0) return new Map();
  const rows = sql.exec("SELECT node, at, sent, closed_at AS closedAt FROM seen").toArray();
  return new Map((rows as unknown as (Row & { node: string })[]).map(({ node, ...row }) => [node, row]));
}
