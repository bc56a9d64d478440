/* One node: what is expected of it, how it stands, what became of it. */
import * as z from "zod";
import { principalMay } from "../../../domain/access/principal";
import { AppError } from "../../../domain/error";
import { parsePosition } from "../../../domain/ledger/position";
import type { NodeEventRow } from "../../../domain/nodes/history";
import { configOf, NodeConfig, NodeConfigInput } from "../../../domain/nodes/node";
import { NodeDetail, type NodeEventItem, NodeHistory } from "../../../domain/nodes/posting";
import { isoOf } from "../../../domain/time";
import { findNode, nodeHistory } from "../../../storage/queries/nodes";
import type { AppContext } from "../../context";
import { requireNodes } from "../../middleware/scope";
import { askMonitor, callMonitor } from "../../monitors";
import { pageOf } from "../../page";
import { pingKey, showPingKey } from "../../ping-keys";
import { readInput } from "../../read-body";
import { cursorTo, limit, route } from "../../route";
import { NodeParam, noNode } from "./param";

export const show = route(
  {
    method: "GET",
    path: "/:id",
    summary: "A node, exactly",
    detail:
      "Asked of its monitor: `last_seen` is exact. Where the monitor cannot be reached, what was stored, with `stale: true`. " +
      "Whoever may configure nodes is shown the addresses that scripts can ping.",
    params: NodeParam,
    answers: { 200: { description: "The node", schema: NodeDetail } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { id } }) => {
    requireNodes(c, [id]);
    return c.json(await detailOf(c, id));
  },
);

async function detailOf(c: AppContext, id: string): Promise<NodeDetail> {
  const called = await callMonitor(c.env, id, (monitor) => monitor.status(id));
  const as_of = new Date().toISOString();
  const isOperator = principalMay(c.get("principal"), "nodes:configure");
  const ping = isOperator ? { ping: await addressesOf(c, id) } : {};
  if (called.ok) {
    if (called.value === null) throw noNode(id);
    return { ...called.value, as_of, ...ping };
  }
  const stored = await findNode(c.env.DB, id);
  if (stored === null) throw new AppError(called.error.code, called.error.detail);
  return { ...storedView(stored), as_of, stale: true, ...ping };
}

/** What D1 knows of it: the facts behind the status stay unknown. */
function storedView(row: NonNullable<Awaited<ReturnType<typeof findNode>>>): Omit<NodeDetail, "as_of"> {
  const unknown = { stopped_at: null, failed_at: null, link_lost_at: null, away_since: null, down_since: null };
  return {
    node: row.node,
    name: row.name,
    pool: row.pool,
    status: row.status as NodeDetail["status"],
    active: row.active === 1,
    health: row.health as NodeDetail["health"],
    since: isoOf(row.since),
    last_seen: row.last_seen === null ? null : isoOf(row.last_seen),
    boot_id: row.boot_id,
    ...unknown,
    began_at: null,
    connected: false,
    degraded: row.health === "warning",
    config: NodeConfig.parse(JSON.parse(row.config)),
    configured: false,
    epoch: row.epoch,
    seq: row.seq,
  };
}

async function addressesOf(c: AppContext, id: string): Promise<NonNullable<NodeDetail["ping"]>> {
  const { origin } = new URL(c.req.url);
  const [own, all] = await Promise.all([showPingKey(c.env, id), pingKey(c.env)]);
  const ofNode = { ping_url: `${origin}/ping/${own}`, push_url: `${origin}/api/push/${own}` };
  // Its secret pings every node there is: not for a key that is limited to some.
  const isLimited = c.get("principal").scope?.nodes !== undefined;
  return isLimited ? ofNode : { ...ofNode, by_name_url: `${origin}/ping/${all}/${id}` };
}

export const configure = route(
  {
    method: "PUT",
    path: "/:id",
    summary: "Say what is expected of a node",
    detail: "The whole of it: what is left out goes back to its default. A node that nobody knows is registered.",
    params: NodeParam,
    body: NodeConfigInput,
    answers: { 200: { description: "The node", schema: NodeDetail } },
    errors: ["invalid_request", "unavailable"],
  },
  async (c, { params: { id } }) => {
    requireNodes(c, [id]);
    const config = configOf(id, await readInput(c, NodeConfigInput));
    await askMonitor(c.env, id, (monitor) => monitor.configure(id, c.get("principal").id, config));
    return c.json(await detailOf(c, id));
  },
);

export const remove = route(
  {
    method: "DELETE",
    path: "/:id",
    summary: "Forget a node",
    detail: "Its history stays. Its next beat registers it again.",
    params: NodeParam,
    answers: { 204: { description: "Gone" } },
    errors: ["invalid_request", "not_found", "unavailable"],
  },
  async (c, { params: { id } }) => {
    requireNodes(c, [id]);
    const [wasKnown] = await askMonitor(c.env, id, (monitor) => monitor.remove(id, c.get("principal").id));
    if (!wasKnown) throw noNode(id);
    return c.body(null, 204);
  },
);

const LAST = { epoch: "~", seq: 0 };

export const history = route(
  {
    method: "GET",
    path: "/:id/history",
    summary: "What became of a node, newest first",
    params: NodeParam,
    query: z.object({ limit: limit(100, 1_000), cursor: cursorTo(parsePosition) }),
    answers: { 200: { description: "A page of its events", schema: NodeHistory } },
    errors: ["invalid_request"],
  },
  async (c, { params: { id }, query }) => {
    requireNodes(c, [id]);
    const rows = await nodeHistory(c.env.DB, id, query.cursor ?? LAST, query.limit + 1);
    const { page, next_cursor } = pageOf(rows, query.limit, ({ epoch, seq }) => `${epoch}:${seq}`);
    return c.json({
      node: id,
      events: page.map(itemOf),
      next_cursor,
      as_of: new Date().toISOString(),
    } satisfies NodeHistory);
  },
);

const itemOf = ({ node: _, at, ...row }: NodeEventRow): NodeEventItem => ({ ...row, at: isoOf(at) }) as NodeEventItem;
